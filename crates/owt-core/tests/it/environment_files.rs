//! The bounded run of what the fuzz targets try on private files without an end.

use proptest::prelude::*;

use crate::any_bytes;

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "/p/app",
        "/p/app-feat",
        "/p/app/.worktrees/x",
        "/p/app/sub",
        "/db",
        "..",
        "!",
        "#",
        "*",
        "A=",
        "export ",
        "\"",
        "'",
        "\\",
        " ",
        "\t",
        "\r",
        "\n",
        ":",
        "{{ owt.port }}",
        "é",
        "\0",
    ]);
    let piece = prop_oneof![
        4 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_private_file_is_rewritten_once_and_for_all(bytes in pieces()) {
        any_bytes::environment_file(&bytes);
    }

    #[test]
    fn no_rule_leads_out_of_the_checkout(bytes in pieces()) {
        any_bytes::include_rules(&bytes);
    }
}
