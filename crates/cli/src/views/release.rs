//! Releases: where each came from, and what it consists of.

use jiff::tz::TimeZone;
use landfall_api::{ReleaseRecord, ReleaseView};
use landfall_model::release::Origin;

use super::words::moment;
use crate::screen::paint::Paint;
use crate::screen::table::Table;

/// A landscape's releases, the newest first.
pub(crate) fn render_releases(records: &[ReleaseRecord], zone: &TimeZone) -> String {
    if records.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["RELEASE", "CONTENT", "MADE", "BY", "COMMIT"]);
    let mut records: Vec<&ReleaseRecord> = records.iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.number));
    for record in records {
        table.row([
            record.number.to_string(),
            record.hash.short().to_owned(),
            moment(record.created, zone),
            record.origin.author.clone(),
            commit(&record.origin),
        ]);
    }
    table.render()
}

/// A release in full.
pub(crate) fn render_release(view: &ReleaseView, zone: &TimeZone, paint: Paint) -> String {
    let ReleaseView { record, release } = view;
    let mut head = Table::bare();
    head.row(["content", record.hash.as_str()]);
    head.row(["made", &moment(record.created, zone)]);
    head.row(["by", &record.origin.author]);
    head.row(["commit", &commit(&record.origin)]);
    let mut parts = Table::bare();
    for (name, image) in &release.images {
        parts.row(["image", name, &image.id]);
    }
    for (path, content) in &release.files {
        parts.row(["file", path, &format!("{} bytes", content.len())]);
    }
    for (name, version) in &release.secrets {
        parts.row(["secret", name.as_str(), &format!("version {version}")]);
    }
    for (name, service) in &release.landscape.services {
        parts.row(["service", name.as_str(), &service.container.image]);
    }
    for (name, job) in &release.landscape.jobs {
        parts.row(["job", name.as_str(), &job.container.image]);
    }
    let title = paint.bold(&format!("{} {}", release.landscape.landscape, record.number));
    format!("{title}\n{}\n{}", head.render(), parts.render())
}

fn commit(origin: &Origin) -> String {
    match &origin.commit {
        None => String::new(),
        Some(commit) => {
            let dirty = if origin.dirty { ", changed" } else { "" };
            format!("{}{dirty}", commit.get(..12).unwrap_or(commit))
        }
    }
}

#[cfg(test)]
mod tests {
    use landfall_model::release::ReleaseNumber;
    use serde_json::json;

    use super::*;

    fn view() -> ReleaseView {
        serde_json::from_value(json!({
            "record": {
                "number": 4, "created": 1_795_460_820,
                "hash": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
                "origin": { "author": "ada@host", "commit": "0123456789abcdef0123456789abcdef01234567", "dirty": true },
            },
            "release": {
                "landscape": { "landscape": "lidar", "services": { "api": { "image": "app" } }, "jobs": { "migrate": { "image": "app" } } },
                "images": { "app": { "id": "sha256:9f86d081884c" } }, "files": { "web.conf": "listen\n" },
                "secrets": { "token": 2 },
            },
        }))
        .unwrap()
    }

    #[test]
    fn releases_are_listed_newest_first() {
        let newer = view().record;
        let origin = Origin { author: "ada@host".to_owned(), commit: None, dirty: false };
        let older = ReleaseRecord { number: ReleaseNumber(3), origin, ..newer.clone() };
        insta::assert_snapshot!(render_releases(&[older, newer], &TimeZone::UTC));
    }

    #[test]
    fn a_release_is_shown_in_full() {
        insta::assert_snapshot!(render_release(&view(), &TimeZone::UTC, Paint::Plain));
    }
}
