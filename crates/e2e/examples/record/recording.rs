//! What is kept of a session: pictures with what held while they stood, few where nothing changes and many around each
//! change; one JSON line each, with the rows that differ from the picture before. In the file each text stands
//! once, on a line of its own before its first use, and pictures name it by its number.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::terminal::Picture;
use crate::truth::Sample;
use crate::truth::Timeline;

/// Nearer to a change than this a picture is in the midst of it.
const NEAR: Duration = Duration::from_millis(600);

/// Nearer to a change than this a picture says how near: some programs draw late.
const TOLD: Duration = Duration::from_secs(5);

/// How many pictures are kept of one stretch of time away from its changes, and of each of its ends.
const KEPT: usize = 2;
const KEPT_NEAR: usize = 1;

struct Shot<'a> {
    picture: &'a Picture,
    sample: Sample,
}

/// The lines of a session's recording.
pub(crate) fn lines(pictures: &[Picture], timeline: &Timeline, end: Instant) -> Vec<Value> {
    let mut before = BTreeMap::new();
    chosen(pictures, timeline, end)
        .iter()
        .map(|shot| {
            let line = line(shot, &before);
            before = filled(shot.picture);
            line
        })
        .collect()
}

/// At most so many of each stretch, evenly spread, and none twice.
fn chosen<'a>(pictures: &'a [Picture], timeline: &Timeline, end: Instant) -> Vec<Shot<'a>> {
    let mut stretches: BTreeMap<(usize, bool, bool), Vec<(usize, Shot<'a>)>> = BTreeMap::new();
    for (index, picture) in pictures.iter().enumerate() {
        let gone = pictures.get(index + 1).map_or(end, |next| next.drawn);
        for (stretch, sample) in timeline.samples(picture.drawn, gone) {
            let key = (stretch, sample.since.0 < NEAR, sample.until.0 < NEAR);
            stretches.entry(key).or_default().push((index, Shot { picture, sample }));
        }
    }
    let mut kept: Vec<(usize, Shot<'a>)> = stretches
        .into_iter()
        .flat_map(|((_, begins, ends), all)| spread(all, if begins || ends { KEPT_NEAR } else { KEPT }))
        .collect();
    kept.sort_by_key(|(index, _)| *index);
    let mut seen = HashSet::new();
    let is_new = |shot: &Shot<'a>| {
        let picture = shot.picture;
        seen.insert((picture.rows.clone(), picture.title.clone(), shot.sample.state.word()))
    };
    kept.into_iter().map(|(_, shot)| shot).filter(is_new).collect()
}

/// The first of each share of them.
fn spread<T>(all: Vec<T>, shares: usize) -> Vec<T> {
    let count = all.len();
    let share = |index: usize| index * shares / count;
    let is_first = |index: usize| index == 0 || share(index) != share(index - 1);
    all.into_iter().enumerate().filter(|(index, _)| is_first(*index)).map(|(_, kept)| kept).collect()
}

fn filled(picture: &Picture) -> BTreeMap<usize, &String> {
    picture.coloured.iter().enumerate().filter(|(_, row)| !row.is_empty()).collect()
}

fn line(shot: &Shot<'_>, before: &BTreeMap<usize, &String>) -> Value {
    let Sample { state, since, until } = shot.sample;
    let now = filled(shot.picture);
    let indexes: BTreeSet<usize> = before.keys().chain(now.keys()).copied().collect();
    let differs = |index: &usize| before.get(index) != now.get(index);
    let text = |index: usize| now.get(&index).map_or("", |row| row.as_str());
    let rows = indexes.into_iter().filter(differs).flat_map(|index| [json!(index), json!(text(index))]);
    let (row, column) = shot.picture.cursor;
    let mut line = json!({
        "state": state.word(),
        "title": shot.picture.title,
        "cursor": [row, column],
        "rows": rows.collect::<Vec<_>>(),
    });
    for (name, (distance, state)) in [("since", since), ("until", until)] {
        if let Some(state) = state.filter(|_| distance < TOLD) {
            line[name] = json!([u64::try_from(distance.as_millis()).unwrap_or(u64::MAX), state.word()]);
        }
    }
    line
}

/// The lines of a file: with the texts of rows and titles taken out of the pictures.
pub(crate) fn with_each_text_once(lines: impl Iterator<Item = Value>) -> String {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut file = String::new();
    for mut line in lines {
        for text in texts_of(&mut line) {
            let words = text.as_str().unwrap_or_default().to_owned();
            let next = numbers.len();
            let number = *numbers.entry(words.clone()).or_insert(next);
            if number == next {
                file.push_str(&format!("{}\n", json!({ "text": words })));
            }
            *text = number.into();
        }
        file.push_str(&format!("{line}\n"));
    }
    file
}

/// The title, and every second of `rows`: a row's number comes before its text.
fn texts_of(picture: &mut Value) -> Vec<&mut Value> {
    let Some(picture) = picture.as_object_mut() else { return Vec::new() };
    let wanted = picture.iter_mut().filter(|(name, _)| matches!(name.as_str(), "title" | "rows"));
    wanted
        .flat_map(|(_, value)| match value {
            Value::Array(rows) => rows.iter_mut().skip(1).step_by(2).collect(),
            Value::String(_) => vec![value],
            _ => Vec::new(),
        })
        .collect()
}
