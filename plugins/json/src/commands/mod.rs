//! The commands, by what they do or work on.

pub mod arrays;
pub mod delete;
pub mod get;
pub mod inspect;
pub mod numbers;
pub mod objects;
pub mod set;
pub mod strings;
