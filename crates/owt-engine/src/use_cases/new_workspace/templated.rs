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

/// The request with what its template adds, and what its agents are told of it.
pub(super) fn templated(engine: &Engine, new: &NewRequest) -> Result<(NewRequest, Option<Manner>), NewError> {
    let Some(name) = &new.work.template else { return Ok((new.clone(), None)) };
    let template = engine.ports().settings.template(name)?;
    let mut new = new.clone();
    if new.line.base.is_none() && new.place == Place::Worktree {
        new.line.base = existing_base(engine, &new, &template)?;
    }
    let Template { manner, opening, prefix, agent, .. } = template;
    new.line.prefix = new.line.prefix.or(prefix);
    if new.agent.names.is_empty() {
        new.agent.names.extend(agent);
    }
    if (opening, new.agent.plan) == (Opening::Plan, PlanWish::Work) {
        new.agent.plan = PlanWish::PlanWherePossible;
    }
    Ok((new, Some(manner)))
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
