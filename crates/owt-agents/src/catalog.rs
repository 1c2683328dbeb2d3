//! All agents that are known: built in, overridden and added by the person. Finds them by name and, given a way to
//! look for programs, the installed ones. Must not look for programs itself.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use owt_core::AbsPath;

use crate::manifest::Binary;
use crate::manifest::CustomTool;
use crate::manifest::CustomToolError;
use crate::manifest::Manifest;
use crate::manifest::ManifestError;
use crate::manifest::Origin;
use crate::manifest::Pick;
use crate::manifest::Standing;
use crate::names::AgentName;
use owt_core::spelling::nearest;

/// The manifests that are built in, with the names that errors give them.
const BUILT_IN: [(&str, &str); 20] = [
    ("manifests/aider.toml", include_str!("../manifests/aider.toml")),
    ("manifests/amp.toml", include_str!("../manifests/amp.toml")),
    ("manifests/claude.toml", include_str!("../manifests/claude.toml")),
    ("manifests/cline.toml", include_str!("../manifests/cline.toml")),
    ("manifests/codex-acp.toml", include_str!("../manifests/codex-acp.toml")),
    ("manifests/codex.toml", include_str!("../manifests/codex.toml")),
    ("manifests/copilot.toml", include_str!("../manifests/copilot.toml")),
    ("manifests/crush.toml", include_str!("../manifests/crush.toml")),
    ("manifests/cursor.toml", include_str!("../manifests/cursor.toml")),
    ("manifests/demo.toml", include_str!("../manifests/demo.toml")),
    ("manifests/droid.toml", include_str!("../manifests/droid.toml")),
    ("manifests/gemini.toml", include_str!("../manifests/gemini.toml")),
    ("manifests/goose.toml", include_str!("../manifests/goose.toml")),
    ("manifests/kilo.toml", include_str!("../manifests/kilo.toml")),
    ("manifests/kiro.toml", include_str!("../manifests/kiro.toml")),
    ("manifests/openclaude.toml", include_str!("../manifests/openclaude.toml")),
    ("manifests/opencode.toml", include_str!("../manifests/opencode.toml")),
    ("manifests/pi.toml", include_str!("../manifests/pi.toml")),
    ("manifests/qwen.toml", include_str!("../manifests/qwen.toml")),
    ("manifests/vibe.toml", include_str!("../manifests/vibe.toml")),
];

/// All agents that are known, in the order of preference.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    manifests: Vec<Manifest>,
}

/// What is wrong with what the person gave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// A manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A tool's table.
    #[error("tools.{name}: {error}")]
    Tool {
        /// The tool.
        name: String,
        /// What is wrong with it.
        error: CustomToolError,
    },
    /// Two agents answer to one name.
    #[error("{origin}: '{name}' is also a name of {other}")]
    NameTaken {
        /// Where it was defined.
        origin: String,
        /// The name.
        name: String,
        /// The other agent.
        other: AgentName,
    },
}

/// No agent has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no agent is called '{name}'{}", suggestion(.nearest))]
pub struct UnknownAgent {
    /// The name.
    pub name: String,
    /// The nearest name, if any is near.
    pub nearest: Option<String>,
    /// All names.
    pub known: Vec<AgentName>,
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |nearest| format!(", did you mean '{nearest}'?"))
}

/// An agent whose program was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected<'c> {
    /// The agent.
    pub manifest: &'c Manifest,
    /// Its program.
    pub program: AbsPath,
}

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The person's home, for known paths below it.
    pub home: Option<&'a AbsPath>,
    /// Our own program, which is the demo agent's too.
    pub owt: &'a AbsPath,
    /// Programs that the person's configuration names (`[agents.NAME] path`, `CLAUDE_BIN`), by agent.
    pub configured: &'a BTreeMap<AgentName, AbsPath>,
}

/// Why no agent was chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// There is no such agent.
    #[error(transparent)]
    Unknown(#[from] UnknownAgent),
    /// Its program was not found.
    #[error("{display_name} is not installed: {install_hint}")]
    NotInstalled {
        /// The agent.
        agent: AgentName,
        /// The agent in sentences.
        display_name: String,
        /// How to install it.
        install_hint: String,
    },
    /// No agent was asked for, and none that may be taken by itself is installed.
    #[error("no coding agent is installed; the first choice would be {display_name}: {install_hint}")]
    NoneInstalled {
        /// The first choice.
        display_name: String,
        /// How to install it.
        install_hint: String,
    },
}

impl Catalog {
    /// The agents that are built in. They are read once: all their patterns take milliseconds, and whoever asks for settings asks for
    /// them, each hook of an agent too.
    pub fn built_in() -> Self {
        static READ: LazyLock<Catalog> = LazyLock::new(Catalog::read_built_in);
        READ.clone()
    }

    fn read_built_in() -> Self {
        let read = |(source, text): (&str, &str)| {
            Manifest::parse(source, text).expect("the built-in manifests are checked by a test")
        };
        let mut catalog = Self { manifests: BUILT_IN.into_iter().map(read).collect() };
        catalog.sort();
        catalog
    }

    /// The text of a built-in manifest, to be copied and changed.
    pub fn built_in_text(name: &str) -> Option<&'static str> {
        let file = format!("manifests/{name}.toml");
        BUILT_IN.iter().find(|(source, _)| *source == file).map(|(_, text)| *text)
    }

    /// With the person's manifests (`(file, text)`): one with the name of an agent takes its place, others are
    /// added.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn with_overrides(mut self, overrides: &[(String, String)]) -> Result<Self, Vec<CatalogError>> {
        let mut errors = Vec::new();
        for (source, text) in overrides {
            let added = Manifest::parse(source, text)
                .map_err(CatalogError::from)
                .map(|manifest| Manifest { origin: Origin::User, ..manifest })
                .and_then(|manifest| self.replace(source, manifest));
            errors.extend(added.err());
        }
        self.sort();
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// With the person's custom tools, by name; one takes the place of a built-in agent that was never tried.
    ///
    /// # Errors
    /// Everything that is wrong; the name of an agent that was tried, or is the person's own, is refused.
    pub fn with_tools(mut self, tools: &BTreeMap<String, CustomTool>) -> Result<Self, Vec<CatalogError>> {
        let mut errors = Vec::new();
        let is_ours = |manifest: &Manifest| Self::built_in_text(manifest.name.as_str()).is_some();
        self.manifests.retain(|manifest| {
            let is_replaced = tools.keys().any(|name| manifest.is_called(name));
            !(is_replaced && is_ours(manifest) && manifest.standing == Standing::Untested)
        });
        for (name, tool) in tools {
            let reserved = self.manifests.iter().any(|manifest| manifest.is_called(name));
            let made = if reserved {
                Err(CustomToolError::Reserved(name.clone()))
            } else {
                Manifest::from_tool(name, tool)
            };
            match made {
                Ok(manifest) => self.manifests.push(manifest),
                Err(error) => errors.push(CatalogError::Tool { name: name.clone(), error }),
            }
        }
        self.sort();
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    fn replace(&mut self, origin: &str, manifest: Manifest) -> Result<(), CatalogError> {
        let names = || std::iter::once(&manifest.name).chain(&manifest.aliases);
        let others = || self.manifests.iter().filter(|other| other.name != manifest.name);
        let taken =
            names().find_map(|name| Some((name, others().find(|other| other.is_called(name.as_str()))?)));
        if let Some((name, other)) = taken {
            return Err(CatalogError::NameTaken {
                origin: origin.to_owned(),
                name: name.as_str().to_owned(),
                other: other.name.clone(),
            });
        }
        self.manifests.retain(|other| other.name != manifest.name);
        self.manifests.push(manifest);
        Ok(())
    }

    fn sort(&mut self) {
        self.manifests.sort_by(|a, b| a.rank().cmp(&b.rank()));
    }

    /// All agents, in the order of preference.
    pub fn manifests(&self) -> &[Manifest] {
        &self.manifests
    }

    /// The agent of this name or alias.
    ///
    /// # Errors
    /// [`UnknownAgent`] with the nearest name.
    pub fn get(&self, name: &str) -> Result<&Manifest, UnknownAgent> {
        self.manifests.iter().find(|manifest| manifest.is_called(name)).ok_or_else(|| {
            let names = self.manifests.iter().flat_map(|manifest| {
                std::iter::once(&manifest.name).chain(&manifest.aliases).map(AgentName::as_str)
            });
            UnknownAgent {
                name: name.to_owned(),
                nearest: nearest(name, names).map(str::to_owned),
                known: self.manifests.iter().map(|manifest| manifest.name.clone()).collect(),
            }
        })
    }

    /// The program of one agent. `find` looks for a program by name and then at known paths.
    pub fn locate<'c>(
        &self,
        manifest: &'c Manifest,
        surroundings: Surroundings<'_>,
        find: &dyn Fn(&str, &[AbsPath]) -> Option<AbsPath>,
    ) -> Option<Detected<'c>> {
        let known: Vec<AbsPath> =
            manifest.known_paths.iter().filter_map(|path| path.resolve(surroundings.home)).collect();
        let program = match (surroundings.configured.get(&manifest.name), &manifest.binary) {
            (Some(path), _) => find(path.as_str(), &[]),
            (None, Binary::Owt) => Some(surroundings.owt.clone()),
            (None, Binary::Named(name)) => match (name.strip_prefix("~/"), surroundings.home) {
                (Some(below), Some(home)) => find(home.join(below).as_str(), &known),
                _ => find(name, &known),
            },
        };
        program.map(|program| Detected { manifest, program })
    }

    /// The agents whose programs are found, in the order of preference.
    pub fn detect(
        &self,
        surroundings: Surroundings<'_>,
        find: &dyn Fn(&str, &[AbsPath]) -> Option<AbsPath>,
    ) -> Vec<Detected<'_>> {
        self.manifests.iter().filter_map(|manifest| self.locate(manifest, surroundings, find)).collect()
    }

    /// The agent that was asked for, or else the first of the detected ones that may be taken by itself.
    ///
    /// # Errors
    /// [`ChoiceError`], with what to install.
    pub fn choose<'c>(
        &'c self,
        detected: &[Detected<'c>],
        asked: Option<&str>,
    ) -> Result<Detected<'c>, ChoiceError> {
        let Some(name) = asked else {
            let automatic = |manifest: &Manifest| manifest.pick == Pick::Automatic;
            return detected.iter().find(|found| automatic(found.manifest)).cloned().ok_or_else(|| {
                let first = self.manifests.iter().find(|manifest| automatic(manifest));
                ChoiceError::NoneInstalled {
                    display_name: first.map(|first| first.display_name.clone()).unwrap_or_default(),
                    install_hint: first.map(|first| first.install_hint.clone()).unwrap_or_default(),
                }
            });
        };
        let manifest = self.get(name)?;
        detected.iter().find(|found| found.manifest.name == manifest.name).cloned().ok_or_else(|| {
            ChoiceError::NotInstalled {
                agent: manifest.name.clone(),
                display_name: manifest.display_name.clone(),
                install_hint: manifest.install_hint.clone(),
            }
        })
    }
}
