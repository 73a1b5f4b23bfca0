//! Dockerfiles and what they need.

use super::*;

fn needs(text: &str, args: &[(&str, &str)], target: Option<&str>) -> Result<Needs, Error> {
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    parse_dockerfile(text)?.needs(&args, target)
}

fn check(text: &str, expected: &[(&str, usize)]) {
    check_with(text, (&[], None), expected);
}

fn check_with(text: &str, (args, target): (&[(&str, &str)], Option<&str>), expected: &[(&str, usize)]) {
    let needs = needs(text, args, target).unwrap_or_else(|error| panic!("{error}: {text}"));
    let seen: Vec<_> = needs.images.iter().map(|image| (image.image.as_str(), image.line)).collect();
    assert_eq!(seen, expected, "{text}");
}

#[test]
fn bases_are_found() {
    check("FROM debian:bookworm-slim\nRUN true\n", &[("debian:bookworm-slim", 1)]);
    check("from --platform=$BUILDPLATFORM debian as Build\nFROM build\n", &[("debian", 1)]);
    check("FROM scratch\nCOPY a /a\n", &[]);
    check("FROM host:5000/a/b@sha256:00\n", &[("host:5000/a/b@sha256:00", 1)]);
    check("# syntax=docker/dockerfile:1\nFROM \\\n  a\n", &[("a", 2)]);
    check("FROM a\nFROM a\n", &[("a", 2)]);
}

#[test]
fn arguments_are_filled_in() {
    let text = "ARG V=12 N=debian\nARG T=$N:${V}\nFROM ${T}-slim\n";
    check(text, &[("debian:12-slim", 3)]);
    check_with(text, (&[("V", "13")], None), &[("debian:13-slim", 3)]);
    check("FROM ${A:-debian}\n", &[("debian", 1)]);
    check("ARG A=\"x\"\nFROM '${A}'\n", &[]);
    check("ARG A=x\nFROM \"${A}y\"\n", &[("xy", 2)]);
    // Declared after a FROM, or not declared at all: it has no value in a FROM.
    check_with("FROM a AS b\nARG X\nFROM ${X:-y}\n", (&[("X", "z")], None), &[("y", 3)]);
}

#[test]
fn copies_and_mounts_count() {
    check("FROM scratch\nCOPY --chown=1 --from=alpine:3 /a /b\n", &[("alpine:3", 2)]);
    check(
        "FROM scratch\nRUN --mount=type=bind,from=tools,target=/t --mount=type=cache,target=/c x\n",
        &[("tools", 2)],
    );
    check("FROM a AS one\nFROM scratch\nCOPY --from=one / /\nCOPY --from=0 / /\n", &[("a", 1)]);
    check("FROM scratch\nRUN echo --from=no\nCOPY x --from=no /\n", &[]);
    check("FROM scratch\nONBUILD COPY --from=no / /\n", &[]);
    check("FROM scratch\nRUN <<EOF\nFROM no\nCOPY --from=no / /\nEOF\n", &[]);
}

#[test]
fn only_what_the_target_leads_to_counts() {
    let text = "FROM a AS one\nFROM b AS two\nFROM c AS three\nCOPY --from=one / /\nFROM two AS four\n";
    check(text, &[("b", 2)]);
    check_with(text, (&[], Some("THREE")), &[("a", 1), ("c", 3)]);
    check_with(text, (&[], Some("0")), &[("a", 1)]);
    // A later stage of that name is not meant by FROM.
    check("FROM later AS x\nFROM y AS later\nFROM x\n", &[("later", 1)]);
    // An unreachable FROM without a value does no harm.
    check("FROM ${NONE} AS x\nFROM a\n", &[("a", 2)]);
}

#[test]
fn a_base_that_is_given_is_seen_where_it_is_used() {
    let given = (&[("BASE", "<from>")][..], None);
    check_with("ARG BASE\nFROM ${BASE}\n", given, &[("<from>", 2)]);
    check_with("ARG BASE=debian\nFROM $BASE AS x\nFROM x\n", given, &[("<from>", 2)]);
    check_with("ARG BASE\nFROM ${BASE} AS x\nFROM y\n", given, &[("y", 3)]);
    check_with("FROM debian\nARG BASE\nRUN echo ${BASE}\n", given, &[("debian", 1)]);
}

#[test]
fn steps_are_found_again() {
    let text = "FROM a\nRUN make\nRUN make \\\n  all\nCOPY x y\n";
    let cases =
        [("RUN make", Some(2)), ("[2/4] RUN make all", Some(3)), ("COPY x  y", Some(5)), ("RUN else", None)];
    for (step, expected) in cases {
        assert_eq!(line_of_step(text, step), expected, "{step}");
    }
}

#[test]
fn errors_say_what_to_write() {
    let cases = [
        ("RUN x\n", None, "there is no FROM in it"),
        ("FROM a b\n", None, "line 1: it should read FROM image, or FROM image AS name"),
        (
            "\nARG BASE\nFROM ${BASE}\n",
            None,
            "line 3: `FROM ${BASE}` names no image, because BASE has no value; say in the bill of materials which \
             image it is built on: `from: NAME`",
        ),
        (
            "FROM ${A}${B}\n",
            None,
            "line 1: `FROM ${A}${B}` names no image, because A and B have no value; give one with `args` in the bill \
             of materials, or a default with ARG",
        ),
        (
            "FROM ${A\n",
            None,
            "line 1: `${A` can't be understood: a quote or brace is not closed, or this form is not known",
        ),
        ("FROM a AS b\nFROM c AS d\n", Some("e"), "it has no stage `e`; its stages are b, d"),
        ("FROM a\n", Some("e"), "it has no stage `e`; none of its stages has a name"),
    ];
    for (text, target, expected) in cases {
        assert_eq!(needs(text, &[], target).unwrap_err().to_string(), expected);
    }
}
