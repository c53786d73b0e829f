//! The item below an attribute: its name, and for a function its parameters.

use crate::fault::Fault;
use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// A function: its tokens with the body apart.
pub struct Function {
    pub name: Ident,
    head: Vec<TokenTree>,
    parameters: Vec<Ident>,
    body: Group,
}

impl Function {
    /// The function as it was, except that its parameters count as used: their number is the
    /// server's choice and not the author's.
    pub fn with_used_parameters(self) -> TokenStream {
        let mut body = TokenStream::new();
        for parameter in &self.parameters {
            let note: TokenStream = "let _ = &".parse().expect("these are tokens");
            body.extend(note);
            body.extend([TokenTree::Ident(parameter.clone())]);
            body.extend(";".parse::<TokenStream>().expect("these are tokens"));
        }
        body.extend(self.body.stream());
        let mut group = Group::new(Delimiter::Brace, body);
        group.set_span(self.body.span());
        self.head.into_iter().chain([TokenTree::Group(group)]).collect()
    }
}

/// The function of an item. `attribute` is what messages call the attribute.
pub fn function(item: TokenStream, attribute: &str) -> Result<Function, Fault> {
    let mut head: Vec<TokenTree> = item.into_iter().collect();
    let wrong = || format!("#[{}] goes on a function", attribute);
    let keyword = head
        .iter()
        .position(|token| is_word(token, "fn"))
        .ok_or_else(|| Fault::new(Span::call_site(), wrong()))?;
    for token in &head[..keyword] {
        if is_word(token, "async") {
            return Err(Fault::new(token.span(), format!("a #[{}] cannot be async", attribute)));
        }
        if ["struct", "enum", "impl", "trait", "mod"].iter().any(|word| is_word(token, word)) {
            return Err(Fault::new(token.span(), wrong()));
        }
    }
    let name = match head.get(keyword + 1) {
        Some(TokenTree::Ident(name)) => name.clone(),
        _ => return Err(Fault::new(head[keyword].span(), wrong())),
    };
    let parameters = match head.get(keyword + 2) {
        Some(TokenTree::Group(group)) => parameters(group.stream()),
        _ => return Err(Fault::new(name.span(), format!("a #[{}] cannot be generic", attribute))),
    };
    match head.pop() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
            Ok(Function { name, head, parameters, body })
        }
        _ => Err(Fault::new(name.span(), format!("a #[{}] needs a body", attribute))),
    }
}

/// The name of a struct or an enum. `attribute` is what messages call the attribute.
pub fn type_name(item: &TokenStream, attribute: &str) -> Result<Ident, Fault> {
    let text = || format!("#[{}] goes on a struct or an enum", attribute);
    let wrong = || Fault::new(Span::call_site(), text());
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let keyword = tokens
        .iter()
        .position(|token| is_word(token, "struct") || is_word(token, "enum"))
        .ok_or_else(wrong)?;
    let name = match tokens.get(keyword + 1) {
        Some(TokenTree::Ident(name)) => name.clone(),
        _ => return Err(wrong()),
    };
    match tokens.get(keyword + 2) {
        Some(TokenTree::Punct(sign)) if sign.as_char() == '<' => {
            Err(Fault::new(name.span(), format!("a #[{}] cannot be generic", attribute)))
        }
        _ => Ok(name),
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

/// The names of simple parameters: the word before each colon at the start of one.
fn parameters(stream: TokenStream) -> Vec<Ident> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut names = Vec::new();
    let mut at_start = true;
    for pair in tokens.windows(2) {
        match (&pair[0], &pair[1]) {
            (TokenTree::Ident(name), TokenTree::Punct(colon))
                if at_start && colon.as_char() == ':' && name.to_string() != "_" =>
            {
                names.push(name.clone());
                at_start = false;
            }
            (TokenTree::Punct(comma), _) if comma.as_char() == ',' => at_start = true,
            (TokenTree::Ident(word), _) if word.to_string() == "mut" => {}
            _ => at_start = false,
        }
    }
    names
}
