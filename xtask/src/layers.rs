//! `cargo xtask layers`: the arrows between crates point downwards, and only where the table says.
//!
//! The table is `xtask/layers.toml`; the arrows are what cargo reads from the manifests. The bans of
//! `deny.toml` that name their allowed users (`wrappers`) are held here too, so that they hold where
//! cargo-deny is not installed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;

use crate::failure::Failure;
use crate::workspace::Package;
use crate::workspace::Workspace;

/// The crate whose fakes every test may use.
const TESTKIT: &str = "owt-testkit";

/// One crate's line in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Room {
    layer: Layer,
    #[serde(default)]
    uses: BTreeSet<String>,
    /// What only its tests may use, beside the testkit.
    #[serde(default)]
    tests_use: BTreeSet<String>,
    /// When given: the only crates from outside that it may use.
    externals: Option<BTreeSet<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Layer {
    Numbered(u8),
    Named(Outside),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outside {
    /// Never part of the product: may use anything, is used by tests alone.
    Dev,
}

impl Layer {
    fn is_below(self, upper: Self) -> bool {
        match (self, upper) {
            (Self::Numbered(lower), Self::Numbered(upper)) => lower < upper,
            (Self::Numbered(_), Self::Named(Outside::Dev)) => true,
            (Self::Named(Outside::Dev), _) => false,
        }
    }
}

#[derive(Deserialize)]
struct DenyFile {
    bans: Bans,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    #[serde(default)]
    wrappers: BTreeSet<String>,
}

type Table = BTreeMap<String, Room>;

/// Checks every arrow; prints what is wrong.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let wrong = violations(workspace)?;
    for line in &wrong {
        eprintln!("layers: {line}");
    }
    match wrong.len() {
        0 => {
            println!("layers: {} crates, every arrow is in the table", workspace.packages.len());
            Ok(())
        }
        count => Err(Failure::new(format!("{count} arrows or table lines are wrong (xtask/layers.toml)"))),
    }
}

fn violations(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let table: Table = toml::from_str(&workspace.text("xtask/layers.toml")?)
        .map_err(|error| Failure::new(format!("xtask/layers.toml: {error}")))?;
    let deny: DenyFile = toml::from_str(&workspace.text("deny.toml")?)
        .map_err(|error| Failure::new(format!("deny.toml: {error}")))?;
    let mut wrong = check_table(&table, &workspace.packages);
    for package in &workspace.packages {
        if let Some(room) = table.get(&package.name) {
            wrong.extend(check_package(package, room, &table));
        }
        wrong.extend(check_bans(package, &deny.bans.deny));
    }
    Ok(wrong)
}

/// The table itself: complete, without strangers, pointing downwards.
fn check_table(table: &Table, packages: &[Package]) -> Vec<String> {
    let names: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let missing = names
        .iter()
        .filter(|name| !table.contains_key(**name))
        .map(|name| format!("{name} is not in the table"));
    let stranger = table
        .keys()
        .filter(|name| !names.contains(name.as_str()))
        .map(|name| format!("{name} is in the table and not in the workspace"));
    let upward = table.iter().flat_map(|(name, room)| {
        room.uses.iter().filter_map(move |used| match table.get(used) {
            None => Some(format!("the table lets {name} use {used}, which it does not list")),
            Some(other) if other.layer.is_below(room.layer) => None,
            Some(_) => Some(format!("the table lets {name} use {used}, which is in no lower layer")),
        })
    });
    missing.chain(stranger).chain(upward).collect()
}

/// One crate's real arrows against its line.
fn check_package(package: &Package, room: &Room, table: &Table) -> Vec<String> {
    let name = &package.name;
    let mut wrong = Vec::new();
    for dependency in &package.dependencies {
        let used = &dependency.name;
        let ours = table.contains_key(used);
        let listed = room.uses.contains(used);
        if ours && dependency.is_dev() {
            if !listed && used != TESTKIT && !room.tests_use.contains(used) {
                wrong.push(format!("the tests of {name} use {used}, which the table does not list"));
            }
        } else if ours && !listed {
            wrong.push(format!("{name} uses {used}, which the table does not list"));
        } else if !ours && !dependency.is_dev() {
            let refused = room.externals.as_ref().is_some_and(|allowed| !allowed.contains(used));
            if refused {
                wrong.push(format!("{name} uses {used} from outside; it may use only what the table lists"));
            }
        }
    }
    wrong
}

/// A banned crate may be used by its wrappers alone.
fn check_bans(package: &Package, bans: &[Ban]) -> Vec<String> {
    let uses = |ban: &&Ban| package.dependencies.iter().any(|dependency| dependency.name == ban.name);
    bans.iter()
        .filter(uses)
        .filter(|ban| !ban.wrappers.contains(&package.name))
        .map(|ban| {
            format!("{} uses {}, which deny.toml leaves to {:?}", package.name, ban.name, ban.wrappers)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::workspace::Dependency;
    use crate::workspace::DependencyKind;

    fn package(name: &str, uses: &[(&str, Option<DependencyKind>)]) -> Package {
        let dependencies =
            uses.iter().map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: *kind }).collect();
        Package { name: name.to_owned(), manifest_path: PathBuf::new(), dependencies }
    }

    fn table() -> Table {
        toml::from_str(
            "core = { layer = 1, externals = ['serde'] }\n\
             store = { layer = 3, uses = ['core'] }\n\
             owt-testkit = { layer = 'dev', uses = ['core', 'store'] }",
        )
        .unwrap()
    }

    fn wrong(package: &Package) -> Vec<String> {
        check_package(package, &table()[&package.name], &table())
    }

    #[test]
    fn an_edge_that_is_not_listed_is_refused() {
        assert_eq!(wrong(&package("core", &[("store", None)])).len(), 1);
        assert_eq!(wrong(&package("core", &[("store", Some(DependencyKind::Build))])).len(), 1);
        assert_eq!(wrong(&package("store", &[("core", None), ("rusqlite", None)])), Vec::<String>::new());
    }

    #[test]
    fn the_core_takes_only_listed_crates_from_outside() {
        assert_eq!(wrong(&package("core", &[("tokio", None)])).len(), 1);
        let listed = [("serde", None), ("proptest", Some(DependencyKind::Dev))];
        assert_eq!(wrong(&package("core", &listed)), Vec::<String>::new());
    }

    #[test]
    fn tests_may_use_the_testkit_and_nothing_else_unlisted() {
        assert_eq!(wrong(&package("core", &[(TESTKIT, Some(DependencyKind::Dev))])), Vec::<String>::new());
        assert_eq!(wrong(&package("core", &[("store", Some(DependencyKind::Dev))])).len(), 1);
        assert_eq!(wrong(&package("store", &[(TESTKIT, None)])).len(), 1);
    }

    #[test]
    fn a_table_that_points_upwards_or_sideways_is_refused() {
        let packages = [package("core", &[]), package("store", &[]), package(TESTKIT, &[])];
        assert_eq!(check_table(&table(), &packages), Vec::<String>::new());
        let mut upward = table();
        upward.get_mut("core").unwrap().uses.insert("store".to_owned());
        upward.get_mut("store").unwrap().uses.insert(TESTKIT.to_owned());
        assert_eq!(check_table(&upward, &packages).len(), 2);
        assert_eq!(check_table(&table(), &packages[..2]).len(), 1);
    }

    #[test]
    fn a_ban_names_who_may() {
        let bans = [Ban { name: "rusqlite".to_owned(), wrappers: BTreeSet::from(["store".to_owned()]) }];
        assert_eq!(check_bans(&package("store", &[("rusqlite", None)]), &bans), Vec::<String>::new());
        assert_eq!(check_bans(&package("core", &[("rusqlite", Some(DependencyKind::Dev))]), &bans).len(), 1);
    }
}
