//! Values on their way in and out.

use crate::{CommandError, PluginContext};

/// Rewrites a value before it is stored; `#[transformer(name = "...", keys = [...])]` asks for it
/// unless its direction is "out".
pub trait TransformIn {
    /// What is stored in the place of `value`; a failure fails the client's command.
    fn transform_in(ctx: &PluginContext, key: &[u8], value: &[u8])
        -> Result<Vec<u8>, CommandError>;
}

/// Rewrites a value before a client gets it; `#[transformer(name = "...", keys = [...])]` asks for
/// it unless its direction is "in".
pub trait TransformOut {
    /// What the client gets in the place of `value`; a failure fails its command.
    fn transform_out(
        ctx: &PluginContext,
        key: &[u8],
        value: &[u8],
    ) -> Result<Vec<u8>, CommandError>;
}
