//! Sizes of production code, and a module doc in every Rust file.
//!
//! Limits come from measured projects (docs/architecture.md, "Sizes"). Tests are not counted: neither files
//! below `tests/` nor items under `#[cfg(test)]`. Lines include blanks and comments.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use syn::spanned::Spanned;
use syn::visit::Visit;

use super::Finding;
use super::Measured;
use super::Severity;
use super::TextFile;

const RULE: &str = "size";

/// A size from which there is a word, and one from which it fails.
struct Limit {
    warn: usize,
    fail: usize,
}

const FILE_LINES: Limit = Limit { warn: 500, fail: 900 };
const FUNCTION_LINES: Limit = Limit { warn: 60, fail: 100 };
const STRUCT_FIELDS: Limit = Limit { warn: 15, fail: 25 };
const TYPE_METHODS: Limit = Limit { warn: 30, fail: 60 };

impl Limit {
    /// Sizes above a limit are findings; a limit itself is still good.
    fn judge(&self, file: &Path, line: usize, thing: &str, size: usize, unit: &str) -> Option<Finding> {
        let (severity, limit) = match size {
            _ if size > self.fail => (Severity::Error, self.fail),
            _ if size > self.warn => (Severity::Warning, self.warn),
            _ => return None,
        };
        let measured = Some(Measured { thing: thing.to_owned(), size });
        let message = format!("{thing} has {size} {unit}, the limit is {limit}");
        Some(Finding { severity, measured, ..Finding::error(file, line, RULE, message) })
    }
}

/// Checks every Rust file, and each type's methods over its whole crate.
pub(super) fn check(files: &[TextFile]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut methods = Methods::default();
    for file in files.iter().filter(|file| file.is_rust()) {
        match syn::parse_file(&file.text) {
            Ok(syntax) => found.extend(check_file(file, &syntax, &mut methods)),
            Err(error) => {
                let line = error.span().start().line;
                found.push(Finding::error(&file.path, line, "syntax", error.to_string()));
            }
        }
    }
    found.extend(methods.findings());
    found
}

fn check_file(file: &TextFile, syntax: &syn::File, methods: &mut Methods) -> Vec<Finding> {
    let mut found = Vec::new();
    if !syntax.attrs.iter().any(|attribute| attribute.path().is_ident("doc")) {
        let message = "a module starts with `//!`: what the room is for and what it must not know";
        found.push(Finding::error(&file.path, 1, "module-doc", message));
    }
    if file.is_test_code() {
        return found;
    }
    let mut survey = Survey { file: &file.path, found, methods, test_lines: 0 };
    survey.visit_file(syntax);
    let lines = file.text.lines().count() - survey.test_lines;
    let mut found = survey.found;
    found.extend(FILE_LINES.judge(&file.path, 1, "the file", lines, "lines"));
    found
}

/// Methods of each type in each crate: inherent impls summed by the type's name.
#[derive(Default)]
struct Methods(BTreeMap<(PathBuf, String), (usize, PathBuf, usize)>);

impl Methods {
    fn count(&mut self, file: &Path, line: usize, name: String, count: usize) {
        let key = (crate_folder(file), name);
        self.0.entry(key).or_insert_with(|| (0, file.to_owned(), line)).0 += count;
    }

    fn findings(&self) -> Vec<Finding> {
        let judge = |((_, name), (count, file, line)): (&(PathBuf, String), &(usize, PathBuf, usize))| {
            TYPE_METHODS.judge(file, *line, &format!("type {name}"), *count, "methods")
        };
        self.0.iter().filter_map(judge).collect()
    }
}

/// The part of a path before `src`.
fn crate_folder(file: &Path) -> PathBuf {
    file.components().take_while(|part| part.as_os_str() != "src").collect()
}

/// Walks one file's syntax.
struct Survey<'a> {
    file: &'a Path,
    found: Vec<Finding>,
    methods: &'a mut Methods,
    test_lines: usize,
}

impl Survey<'_> {
    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let (first, last) = (signature.span().start().line, body.span().end().line);
        let thing = format!("fn {}", signature.ident);
        self.found.extend(FUNCTION_LINES.judge(self.file, first, &thing, last - first + 1, "lines"));
    }

    fn fields(&mut self, name: &str, fields: &syn::Fields) {
        let line = fields.span().start().line;
        self.found.extend(STRUCT_FIELDS.judge(self.file, line, name, fields.len(), "fields"));
    }
}

impl<'ast> Visit<'ast> for Survey<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_test(attributes(item)) {
            let span = item.span();
            self.test_lines += span.end().line - span.start().line + 1;
        } else {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.fields(&format!("struct {}", item.ident), &item.fields);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if let (None, syn::Type::Path(named)) = (&item.trait_, item.self_ty.as_ref())
            && let Some(last) = named.path.segments.last()
        {
            let count = item.items.iter().filter(|item| matches!(item, syn::ImplItem::Fn(_))).count();
            self.methods.count(self.file, item.span().start().line, last.ident.to_string(), count);
        }
        syn::visit::visit_item_impl(self, item);
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[test]` and `#[cfg(test)]`, alone or within `all(...)`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let configured = || {
            attribute
                .parse_args_with(syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated)
        };
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && configured().is_ok_and(|conditions| conditions.iter().any(needs_test)))
    })
}

fn needs_test(condition: &syn::Meta) -> bool {
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated)
            .is_ok_and(|conditions| conditions.iter().any(needs_test)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<(Severity, String)> {
        let file = TextFile { path: PathBuf::from(path), text: text.to_owned() };
        check(&[file])
            .into_iter()
            .map(|finding| (finding.severity, finding.measured.map_or(finding.message, |m| m.thing)))
            .collect()
    }

    fn function(lines: usize) -> String {
        format!("//! Doc.\nfn f() {{\n{}}}\n", "    ();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_is_measured_from_signature_to_brace() {
        assert_eq!(findings("src/a.rs", &function(60)), Vec::new());
        assert_eq!(findings("src/a.rs", &function(61)), vec![(Severity::Warning, "fn f".to_owned())]);
        assert_eq!(findings("src/a.rs", &function(101)), vec![(Severity::Error, "fn f".to_owned())]);
    }

    #[test]
    fn tests_are_not_production() {
        let body = function(300).replacen("//! Doc.\n", "", 1);
        let text = format!("//! Doc.\n#[cfg(test)]\nmod tests {{\n{}}}\n", body.repeat(4));
        assert_eq!(findings("src/a.rs", &text), Vec::new());
        assert_eq!(findings("tests/it/a.rs", &function(300)), Vec::new());
        assert_eq!(findings("src/a.rs", &text.replace("cfg(test)", "cfg(unix)")).len(), 5);
    }

    #[test]
    fn a_file_is_measured_without_its_tests() {
        let text = |lines: usize| format!("//! Doc.\n{}#[test]\nfn t() {{}}\n", "// x\n".repeat(lines - 1));
        assert_eq!(findings("src/a.rs", &text(500)), Vec::new());
        assert_eq!(findings("src/a.rs", &text(501))[0].0, Severity::Warning);
        assert_eq!(findings("src/a.rs", &text(901))[0].0, Severity::Error);
    }

    #[test]
    fn wide_structs_and_types_with_many_methods_are_found() {
        let fields: String = (0..26).map(|n| format!("f{n}: u8,")).collect();
        let text = format!("//! Doc.\nstruct S {{ {fields} }}");
        assert_eq!(findings("src/a.rs", &text), vec![(Severity::Error, "struct S".to_owned())]);
        let methods: String = (0..31).map(|n| format!("fn m{n}() {{}}\n")).collect();
        let text =
            format!("//! Doc.\nimpl S {{ {methods} }}\nimpl S {{ {} }}", methods.replace("fn m", "fn n"));
        assert_eq!(findings("src/a.rs", &text), vec![(Severity::Error, "type S".to_owned())]);
    }

    #[test]
    fn every_file_has_a_module_doc_and_parses() {
        assert_eq!(findings("tests/main.rs", "fn main() {}").len(), 1);
        assert_eq!(findings("src/a.rs", "//! Doc.\nfn (").len(), 1);
    }
}
