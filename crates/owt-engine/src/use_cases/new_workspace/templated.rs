//! What a template says where the request says nothing. Flags go before it, and it gives no rights.

use owt_core::briefing::Manner;
use owt_core::briefing::Opening;
use owt_core::briefing::Template;
use owt_ports::GitError;

use super::NewError;
use super::NewRequest;
use super::Place;
use super::PlanWish;
use crate::engine::Engine;

/// A request with what its template adds.
pub(super) struct Templated {
    /// The request.
    pub(super) new: NewRequest,
    /// What its agents are told of the template.
    pub(super) manner: Option<Manner>,
    /// The base that holds where the person named none: a branch that is there, here or at a remote, begins where it is.
    pub(super) base: Option<String>,
}

/// The request with what its template adds, and what its agents are told of it.
pub(super) fn templated(engine: &Engine, new: &NewRequest) -> Result<Templated, NewError> {
    let Some(name) = &new.work.template else {
        return Ok(Templated { new: new.clone(), manner: None, base: None });
    };
    let template = engine.ports().settings.template(name)?;
    let mut new = new.clone();
    let base = match (&new.line.base, new.place) {
        (None, Place::Worktree) => existing_base(engine, &new, &template)?,
        _ => None,
    };
    let Template { manner, opening, prefix, agent, .. } = template;
    new.line.prefix = new.line.prefix.or(prefix);
    if new.agent.names.is_empty() {
        new.agent.names.extend(agent);
    }
    if (opening, new.agent.plan) == (Opening::Plan, PlanWish::Work) {
        new.agent.plan = PlanWish::PlanWherePossible;
    }
    Ok(Templated { new, manner: Some(manner), base })
}

/// The first of a template's bases that the repository has. Work in the person's checkout starts from where that is.
fn existing_base(engine: &Engine, new: &NewRequest, template: &Template) -> Result<Option<String>, NewError> {
    if template.bases.is_empty() {
        return Ok(None);
    }
    let repository = engine.ports().git.discover(&new.folder)?.repository;
    for base in &template.bases {
        match engine.ports().git.resolve(&repository, base) {
            Ok(_) => return Ok(Some(base.clone())),
            Err(GitError::UnknownRevision { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}
