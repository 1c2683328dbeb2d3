//! The bounded run of what the fuzz targets try on the emulator without an end.

use proptest::prelude::*;

use crate::any_bytes;

fn printed() -> impl Strategy<Value = Vec<u8>> {
    let sequence = prop_oneof![
        prop::sample::select(vec![
            "\x1b[2J",
            "\x1b[H",
            "\x1b[?1049h",
            "\x1b[?1049l",
            "\x1b[?2004h",
            "\x1b[6n",
            "\x1b[c",
            "\x1b[1;1r",
            "\x1b[r",
            "\x1b]0;",
            "\x07",
            "\x1b\\",
            "\x1b[38;2;1;2;3m",
            "\x1bM",
            "\x1bD",
            "\x1b7",
            "\x1b8",
            "\x1b[P",
            "\x1b[L",
            "\r\n",
            "\x1b[?25l",
            "\x1b[201~",
            "\x1bP+q",
            "日本語",
            "👩‍👩‍👧",
            "e\u{301}",
            "\u{200d}",
            "❯ ",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        (prop::sample::select(b"ABCDEFGHJKLMPSTX@dfhlmr".to_vec()), any::<u16>(), any::<u16>())
            .prop_map(|(last, one, two)| format!("\x1b[{one};{two}{}", char::from(last)).into_bytes()),
        prop::collection::vec(any::<u8>(), 1..20),
        "[ -~]{0,80}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(sequence, 0..60).prop_map(|sequences| sequences.concat())
}

fn size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![
        Just((1, 1)),
        Just((500, 200)),
        Just((200, 500)),
        Just((1, 500)),
        Just((200, 1)),
        (1u16..60, 1u16..200)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_printed_has_a_picture_of_its_size((rows, columns) in size(), bytes in printed()) {
        any_bytes::printed(rows, columns, &bytes);
    }

    #[test]
    fn any_bytes_at_any_size_have_a_picture(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        any_bytes::printed_anywhere(&bytes);
    }
}
