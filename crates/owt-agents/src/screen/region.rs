//! Parts of a screen that a rule may look at.

use std::fmt;

use serde::Deserialize;

use super::rules::FoundBy;
use super::rules::PromptBox;
use super::view::ScreenView;

/// A part of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Region {
    /// Every row.
    #[default]
    Whole,
    /// The last so many rows that are not blank (`bottom:5`).
    Bottom(usize),
    /// The window's title.
    Title,
    /// What the program shows of its progress in the window's frame (OSC 9;4): one row, `busy`, `failed` or `paused`.
    Progress,
    /// The rows of the input box, without its marker.
    Prompt,
    /// The rows below the input box.
    BelowPrompt,
    /// The block of rows right above the input box: back to the first blank row.
    LastBlock,
    /// So many such blocks (`last-blocks:2`).
    LastBlocks(usize),
}

/// The text is no region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown region '{0}' (whole, bottom:N, title, progress, prompt, below-prompt, last-block, last-blocks:N)"
)]
pub struct UnknownRegion(String);

impl TryFrom<String> for Region {
    type Error = UnknownRegion;

    fn try_from(text: String) -> Result<Self, UnknownRegion> {
        match text.as_str() {
            "whole" => Ok(Self::Whole),
            "title" => Ok(Self::Title),
            "progress" => Ok(Self::Progress),
            "prompt" => Ok(Self::Prompt),
            "below-prompt" => Ok(Self::BelowPrompt),
            "last-block" => Ok(Self::LastBlock),
            _ => match text.split_once(':').map(|(part, count)| (part, count.parse())) {
                Some(("bottom", Ok(rows @ 1..))) => Ok(Self::Bottom(rows)),
                Some(("last-blocks", Ok(blocks @ 1..))) => Ok(Self::LastBlocks(blocks)),
                _ => Err(UnknownRegion(text)),
            },
        }
    }
}

impl fmt::Display for Region {
    /// As a manifest writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Title => f.write_str("title"),
            Self::Progress => f.write_str("progress"),
            Self::Prompt => f.write_str("prompt"),
            Self::BelowPrompt => f.write_str("below-prompt"),
            Self::LastBlock => f.write_str("last-block"),
            Self::Bottom(rows) => write!(f, "bottom:{rows}"),
            Self::LastBlocks(blocks) => write!(f, "last-blocks:{blocks}"),
        }
    }
}

impl Region {
    /// Whether it is found by the input box.
    pub(super) fn needs_prompt_box(self) -> bool {
        matches!(self, Self::Prompt | Self::BelowPrompt | Self::LastBlock | Self::LastBlocks(_))
    }
}

/// A screen with its input box found: the parts that rules look at.
pub(super) struct Parts<'a> {
    view: &'a ScreenView,
    pub(super) prompt: Option<FoundBox>,
}

/// Where the input box is and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundBox {
    first: usize,
    /// One past its last row.
    end: usize,
    /// Its rows without the marker and without what the program shows in an empty box.
    rows: Vec<String>,
}

impl FoundBox {
    /// What the person (or a returned prompt) left in it; `None` when it is empty.
    pub(super) fn draft(&self) -> Option<String> {
        let text = self.rows.join("\n").trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

impl<'a> Parts<'a> {
    pub(super) fn new(view: &'a ScreenView, rule: Option<&PromptBox>) -> Self {
        Self { view, prompt: rule.and_then(|rule| find_box(view.rows(), rule)) }
    }

    fn last_blocks(&self, count: usize) -> Vec<&str> {
        let mut above = self.prompt.as_ref().map_or(&[][..], |found| &self.view.rows()[..found.first]);
        let mut blocks = Vec::new();
        for _ in 0..count {
            let (rest, block) = split_last_block(above);
            blocks.push(block);
            above = rest;
        }
        blocks.into_iter().rev().flatten().map(String::as_str).collect()
    }

    pub(super) fn rows(&self, region: Region) -> Vec<&str> {
        let rows = self.view.rows();
        match region {
            Region::Whole => rows.iter().map(String::as_str).collect(),
            Region::Title => vec![self.view.title()],
            Region::Progress => vec![self.view.progress()],
            Region::Bottom(count) => {
                let filled: Vec<&str> =
                    rows.iter().map(String::as_str).filter(|row| !row.is_empty()).collect();
                filled[filled.len().saturating_sub(count)..].to_vec()
            }
            Region::Prompt => self.prompt.iter().flat_map(|found| &found.rows).map(String::as_str).collect(),
            Region::BelowPrompt => {
                self.prompt.iter().flat_map(|found| &rows[found.end..]).map(String::as_str).collect()
            }
            Region::LastBlock => self.last_blocks(1),
            Region::LastBlocks(count) => self.last_blocks(count),
        }
    }
}

/// The last block of these rows, and the rows above it.
fn split_last_block(above: &[String]) -> (&[String], &[String]) {
    let end = above.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
    let start = above[..end].iter().rposition(String::is_empty).map_or(0, |blank| blank + 1);
    (&above[..start], &above[start..end])
}

fn find_box(rows: &[String], rule: &PromptBox) -> Option<FoundBox> {
    let (marked, end) = match rule.found_by {
        FoundBy::Floor => above_floor(rows, rule)?,
        FoundBy::Marker => below_marker(rows, rule)?,
    };
    let below = rows[end..].iter().filter(|row| !row.is_empty()).count();
    if rule.below.is_some_and(|most| below > most) {
        return None;
    }
    let first = if rule.fence.is_some() { marked - 1 } else { marked };
    Some(FoundBox { first, end, rows: content(&rows[marked..end], rule) })
}

/// The box that stands on the lowest floor: its first row, and the floor.
fn above_floor(rows: &[String], rule: &PromptBox) -> Option<(usize, usize)> {
    let floor = rule.floor.as_ref()?;
    let end = rows.iter().rposition(|row| floor.is_match(row))?;
    let marked = match &rule.fence {
        Some(fence) => rows[..end].iter().rposition(|row| fence.is_match(row))? + 1,
        None => rows[..end].iter().rposition(|row| !rule.marker.is_match(row)).map_or(0, |above| above + 1),
    };
    let is_box = marked < end && rule.marker.is_match(&rows[marked]);
    let is_other =
        rule.except.as_ref().is_some_and(|except| rows[marked..end].iter().any(|row| except.is_match(row)));
    (is_box && !is_other).then_some((marked, end))
}

/// The box at the lowest row that starts with the marker (below a fence, where it has one): its first row, and the
/// row after its last.
fn below_marker(rows: &[String], rule: &PromptBox) -> Option<(usize, usize)> {
    let is_fence = |row: &String| rule.fence.as_ref().is_some_and(|fence| fence.is_match(row));
    let starts_at = |index: &usize| {
        rule.marker.is_match(&rows[*index])
            && (rule.fence.is_none() || (*index > 0 && is_fence(&rows[*index - 1])))
    };
    let marked = (0..rows.len()).rev().find(starts_at)?;
    if rule.except.as_ref().is_some_and(|except| except.is_match(&rows[marked])) {
        return None;
    }
    let is_floor = |row: &String| rule.floor.as_ref().is_some_and(|floor| floor.is_match(row));
    let ends_box = |row: &String| is_fence(row) || is_floor(row);
    let is_blank = |row: &String| rule.fence.is_none() && row.is_empty();
    // A text may have blank lines: they end only a box that has nothing else below it.
    let below = &rows[marked + 1..];
    let length = below.iter().position(ends_box).or_else(|| below.iter().position(is_blank));
    let end = length.map_or(rows.len(), |length| marked + 1 + length);
    Some((marked, end))
}

/// What the person sees in the box: without marker, edges and the program's own words.
fn content(rows: &[String], rule: &PromptBox) -> Vec<String> {
    let mut inside = rows.to_vec();
    inside[0] = rule.marker.remove_from(&inside[0]).trim().to_owned();
    if let Some(edge) = &rule.edge {
        inside.iter_mut().for_each(|row| *row = edge.remove_all_from(row).trim().to_owned());
    }
    inside.retain(|row| !rule.own.iter().any(|own| own.is_match(row)));
    if inside.iter().all(|row| row.is_empty() || rule.placeholders.iter().any(|text| text.is_match(row))) {
        inside.clear();
    }
    inside
}
