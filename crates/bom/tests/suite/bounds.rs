//! Files that are made to do harm are refused, at once and by name.

use landfall_bom::{MAX_BYTES, Source, parse};

use crate::judge::judge;

fn code(name: &str, text: &str) -> &'static str {
    let problems = parse(&Source { name, text }).expect_err("refused");
    problems.iter().next().expect("a problem").code
}

/// Each level stands for ten of the level before; `levels` of them stand for 10^levels values.
fn billion_laughs(levels: usize) -> String {
    let mut text = "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..levels {
        let before = format!("*a{}, ", level - 1).repeat(9);
        text += &format!("x-{level}: &a{level} [{before}*a{}]\n", level - 1);
    }
    text + "landscape: x\n"
}

#[test]
fn alias_bombs_are_refused_before_they_are_built() {
    assert_eq!(code("landfall.yaml", &billion_laughs(10)), "too-many-values");
    // Long texts count as several values.
    let text =
        format!("x-a: &a \"{}\"\nx-b: [{}]\nlandscape: x\n", "y".repeat(500_000), "*a, ".repeat(100_000));
    assert_eq!(code("landfall.yaml", &text), "too-many-values");
    let merged = format!(
        "x-a: &a {{ {} }}\nlandscape: x\nx-b: {{ <<: [{}] }}\n",
        (0..1_000).map(|n| format!("k{n}: 1, ")).collect::<String>(),
        "*a, ".repeat(1_000)
    );
    assert_eq!(code("landfall.yaml", &merged), "too-many-values");
}

#[test]
fn an_alias_within_itself_is_refused() {
    assert_eq!(code("landfall.yaml", "x-a: &a [*a]\nlandscape: x\n"), "syntax");
}

#[test]
fn a_large_file_is_refused() {
    assert_eq!(code("landfall.yaml", &"#".repeat(MAX_BYTES + 1)), "too-large");
}

#[test]
fn deep_nesting_is_refused() {
    for name in ["landfall.yaml", "landfall.json"] {
        for open in ["[", "{\"a\":", "[{\"a\":"] {
            let text = open.repeat(MAX_BYTES / open.len());
            assert!(["too-deep", "syntax"].contains(&code(name, &text)), "{name} {open}");
        }
    }
    let blocks: String = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(code("landfall.yaml", &blocks), "too-deep");
    assert_eq!(code("landfall.yaml", &"- ".repeat(MAX_BYTES / 2)), "too-deep");
    let aliased: String = (1..100).map(|n| format!("x-{n}: &a{n} [[*a{}]]\n", n - 1)).collect();
    assert_eq!(code("landfall.yaml", &format!("x-0: &a0 []\n{aliased}")), "too-deep");
}

#[test]
fn thousands_of_problems_are_cut_short() {
    let keys: String = (0..30_000).map(|n| format!("nonsense{n}: 1\n")).collect();
    let problems = parse(&Source { name: "landfall.yaml", text: &keys }).expect_err("refused");
    assert_eq!(problems.len(), 1_000);
    let source = Source { name: "landfall.yaml", text: &keys };
    assert!(problems.render(&source, landfall_bom::Colour::Plain).ends_with("and 950 more\n"));
}

#[test]
fn a_long_chain_of_services_is_no_trouble() {
    let services: String = (0..5_000)
        .map(|n| format!("  s{n}: {{ image: a:1, ports: [80], depends_on: [s{}] }}\n", n + 1))
        .collect();
    let text = format!("landscape: x\nservices:\n{services}  s5000: {{ image: a:1 }}\n");
    let bom = parse(&Source { name: "landfall.yaml", text: &text }).expect("right");
    assert_eq!(bom.landscape.services.len(), 5_001);
    let circle = text.replace("s5000: { image: a:1 }", "s5000: { image: a:1, depends_on: [s0] }");
    assert_eq!(code("landfall.yaml", &circle), "cycle");
}

#[test]
fn much_of_anything_is_answered() {
    let pieces = [
        "{{ ",
        "{{ x }} ",
        "? ",
        "? a\n",
        ": ",
        "- a\n",
        "a: &a b\n",
        "*a ",
        "!a ",
        "%a\n",
        "\"",
        "'",
        "|\n",
        "#\n",
        "\\",
        "a",
        "a: 1\n",
        "\n",
        " ",
        "---\n",
        "<<: {}\n",
        "[],",
        "{},",
        "\"a\",",
        "ü",
        ",",
        "&a [",
        "a: {",
        "x-a: {{}}\n",
    ];
    for piece in pieces {
        let count = MAX_BYTES / 16 / piece.len();
        for (before, after) in
            [("", ""), ("landscape: x\nservices: { a: { image: \"", "\" } }"), ("{\"a\":[", "]}")]
        {
            let text = format!("{before}{}{after}", piece.repeat(count));
            judge("landfall.yaml", &text);
            judge("landfall.json", &text);
        }
    }
}
