//! What an agent is told besides its task, made of its records.

use std::collections::BTreeMap;

use owt_agents::Manifest;
use owt_agents::launch::RepositoryExtras;
use owt_agents::manifest::OwnWordsUnknown;
use owt_agents::manifest::WithoutChannel;
use owt_core::AbsPath;
use owt_core::JobId;
use owt_core::attempt::Attempt;
use owt_core::attempt::Committer;
use owt_core::briefing::Briefing;
use owt_core::briefing::CommitsBy;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::EarlierResults;
use owt_core::briefing::EarlierWork;
use owt_core::briefing::Instructions;
use owt_core::briefing::Line;
use owt_core::briefing::MAX_INSTRUCTION_FILES;
use owt_core::briefing::Notes;
use owt_core::briefing::PackageState;
use owt_core::briefing::ProjectCommands;
use owt_core::briefing::Standing;
use owt_core::briefing::Surroundings;
use owt_core::briefing::Wanted;
use owt_core::environment::Command;
use owt_core::environment::InstallState;
use owt_core::environment::Project;
use owt_core::job::Job;
use owt_core::session::SessionKind;
use owt_core::status::judge;
use owt_core::workspace::Ground;
use owt_core::workspace::Workspace;
use owt_core::workspace::Worktree;
use owt_ports::FileError;
use owt_ports::PrivateFiles;
use owt_ports::StoreError;

use crate::moved_text::MovedText;
use crate::notes::may_do_everything;
use crate::records::Records;

/// What a job's agent is told; `None` where that is switched off.
pub(crate) fn briefing<'a>(
    job: &'a Job,
    workspace: &Workspace,
    install_log: &AbsPath,
    instructions: Vec<Instructions>,
    results: EarlierResults,
    notes: Notes,
) -> Option<Briefing<'a>> {
    let spec = &job.spec;
    if spec.context == ContextChoice::Off {
        return None;
    }
    let wanted = match &spec.task {
        _ if spec.plan_mode => Wanted::Plan,
        Some(task) => Wanted::Work { task },
        None => Wanted::Nothing,
    };
    let commits = match spec.committer {
        Committer::Agent => CommitsBy::Agent,
        Committer::Us => CommitsBy::Owt,
    };
    let standing = standing(&workspace.spec.ground);
    let surroundings = surroundings(workspace, install_log);
    let manner = spec.manner.as_ref();
    Some(Briefing { wanted, manner, standing, commits, surroundings, instructions, results, notes })
}

/// Whether an agent can be told more than its task in such a session: by a channel of its own, or with the task that it
/// begins with.
pub(crate) fn can_be_told(
    manifest: &Manifest,
    session: SessionKind,
    context: ContextChoice,
    task: Option<&str>,
) -> bool {
    let with_task = task.is_some()
        && session != SessionKind::Structured
        && manifest.modes.without_channel == WithoutChannel::BeforeTask;
    context == ContextChoice::Full && (manifest.modes.can_be_told() || with_task)
}

/// The person's own instructions that could not be brought into a worktree, as they are in their checkout now.
///
/// # Errors
/// [`StoreError::Crashed`] when the process died at this point.
pub(crate) fn instructions(
    files: &dyn PrivateFiles,
    workspace: &Workspace,
) -> Result<Vec<Instructions>, StoreError> {
    let (Ground::Worktree(line), Some(furnishing)) = (&workspace.spec.ground, &workspace.outfit.furnishing)
    else {
        return Ok(Vec::new());
    };
    let checkout = line.repository.source();
    let moved = MovedText::into(workspace, line);
    let mut instructions = Vec::new();
    for file in furnishing.told.iter().take(MAX_INSTRUCTION_FILES) {
        match files.read(&checkout.join(file)) {
            Ok(Some(bytes)) => {
                let text = moved.of(&String::from_utf8_lossy(&bytes));
                instructions.push(Instructions { file: file.clone(), text });
            }
            Err(FileError::Crashed) => return Err(StoreError::Crashed),
            // Gone since, or not to be read safely: then there is nothing to tell.
            Ok(None) | Err(_) => {}
        }
    }
    Ok(instructions)
}

/// What came of the jobs that a job builds on.
pub(crate) fn results(records: &Records, job: &Job) -> Result<EarlierResults, StoreError> {
    let mut results = EarlierResults::default();
    let spec = &job.spec;
    let mut parents: Vec<JobId> = Vec::new();
    for parent in spec.order.depends_on.iter().chain(&spec.parents) {
        if !parents.contains(parent) {
            parents.push(*parent);
        }
    }
    for parent in parents {
        // What was purged since has nothing left to tell.
        let Some(work) = earlier_work(records, parent)? else { continue };
        // An agent wrote it (decision 9).
        match may_do_everything(spec.permissions) {
            true => results.held_back.push(work.name),
            false => results.told.push(work),
        }
    }
    Ok(results)
}

fn earlier_work(records: &Records, id: JobId) -> Result<Option<EarlierWork>, StoreError> {
    let Some(job) = records.load::<Job>(id)? else { return Ok(None) };
    let Some(workspace) = records.load::<Workspace>(job.spec.workspace)? else { return Ok(None) };
    let newest = job.newest_attempt();
    let attempt = newest.map(|id| records.load::<Attempt>(id)).transpose()?.flatten();
    let said = attempt.as_ref().and_then(|attempt| attempt.final_word.as_ref());
    Ok(Some(EarlierWork {
        name: workspace.spec.name.to_string(),
        title: job.spec.title.clone(),
        status: judge(&workspace, Some(&job), attempt.as_ref()).status,
        line: match standing(&workspace.spec.ground) {
            Standing::Worktree(line) | Standing::Checkout(line) => Some(line),
            Standing::Folder => None,
        },
        last_words: said.map(|word| word.text.clone()).filter(|text| !text.trim().is_empty()),
    }))
}

/// The words whose place ours would take, if there are any.
///
/// # Errors
/// [`StoreError::Crashed`] when the process died at this point.
pub(crate) fn own_words(
    files: &dyn PrivateFiles,
    manifest: &Manifest,
    environment: &BTreeMap<String, String>,
    workspace: &AbsPath,
    extras: RepositoryExtras,
) -> Result<Result<Option<String>, OwnWordsUnknown>, StoreError> {
    let Some(rule) = &manifest.modes.own_words else { return Ok(Ok(None)) };
    let Ok(places) = rule.places(environment, workspace, extras) else { return Ok(Err(OwnWordsUnknown)) };
    for place in places {
        let bytes = match files.read(&place.file) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(FileError::Crashed) => return Err(StoreError::Crashed),
            Err(_) => return Ok(Err(OwnWordsUnknown)),
        };
        match rule.in_file(&bytes) {
            Ok(None) => {}
            Ok(Some(_)) if !place.may_be_told => return Ok(Err(OwnWordsUnknown)),
            found => return Ok(found),
        }
    }
    Ok(Ok(None))
}

/// What was found in the workspace and made for it.
fn surroundings(workspace: &Workspace, install_log: &AbsPath) -> Surroundings {
    let outfit = &workspace.outfit;
    let projects = outfit.furnishing.iter().flat_map(|furnishing| &furnishing.projects);
    let projects: Vec<ProjectCommands> = projects.map(commands).collect();
    let log = install_log.to_string();
    let packages = match &outfit.install {
        InstallState::Off if matches!(workspace.spec.ground, Ground::Worktree(_)) => PackageState::LeftOut,
        // Other folders have the person's packages.
        InstallState::Off | InstallState::Done => PackageState::There,
        InstallState::Waiting | InstallState::Running { .. } => PackageState::UnderWay { log },
        InstallState::Failed { failures } => {
            PackageState::Failed { failures: failures.iter().map(ToString::to_string).collect(), log }
        }
    };
    let lacking = outfit.furnishing.iter().flat_map(|furnishing| &furnishing.submodules.lacking);
    let empty_submodules = lacking.map(|submodule| submodule.path.clone()).collect();
    Surroundings { projects, lease: outfit.lease.clone(), packages, empty_submodules }
}

fn commands(project: &Project) -> ProjectCommands {
    let typed = |command: &Option<Command>| command.as_ref().map(ToString::to_string);
    ProjectCommands {
        folder: if project.folder.is_root() { String::new() } else { project.folder.to_string() },
        install: project.install.iter().map(ToString::to_string).collect(),
        test: typed(&project.test),
        run: typed(&project.dev),
    }
}

fn standing(ground: &Ground) -> Standing {
    let line = |line: &Worktree| Line {
        branch: line.branch.to_string(),
        base: line.base.label.clone(),
        commit: line.base.sha.short().to_owned(),
    };
    match ground {
        Ground::Worktree(own) => Standing::Worktree(line(own)),
        Ground::InPlace { line: own, .. } => Standing::Checkout(line(own)),
        Ground::Folder => Standing::Folder,
    }
}
