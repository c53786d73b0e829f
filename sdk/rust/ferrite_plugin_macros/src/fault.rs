//! What is wrong in an attribute, and where.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// An error of the author's.
pub struct Fault {
    span: Span,
    text: String,
}

impl Fault {
    pub fn new(span: Span, text: impl Into<String>) -> Fault {
        Fault { span, text: text.into() }
    }

    /// `compile_error!("...");` where the fault is.
    pub fn compile_error(&self) -> TokenStream {
        let mut text = TokenTree::Literal(Literal::string(&self.text));
        text.set_span(self.span);
        let tokens: [TokenTree; 4] = [
            Ident::new("compile_error", self.span).into(),
            Punct::new('!', Spacing::Alone).into(),
            Group::new(Delimiter::Parenthesis, TokenStream::from(text)).into(),
            Punct::new(';', Spacing::Alone).into(),
        ];
        let place = |mut token: TokenTree| {
            token.set_span(self.span);
            token
        };
        tokens.into_iter().map(place).collect()
    }
}
