//! The programs below a session's own, in the words of decisions.

use std::io;

use owt_core::Timestamp;
use owt_core::offspring::Offspring;
use owt_core::offspring::Standing;
use owt_process::tree;
use owt_process::tree::Channels;
use owt_process::tree::Living;

/// Everything below a host but the session's own program, as it is now.
pub(crate) fn below(host: u32, program: u32, now: Timestamp) -> io::Result<Vec<Offspring>> {
    let own = Channels::of(program);
    let family = tree::living_below(host)?;
    let others = family.iter().filter(|living| living.identity.pid != program);
    Ok(others
        .map(|living| Offspring {
            pid: living.identity.pid,
            parent: living.parent,
            started_at: now.minus(living.age),
            processor_time: living.processor_time,
            words: living.words.clone(),
            standing: standing(living, &own, &family),
        })
        .collect())
}

fn standing(living: &Living, own: &Channels, family: &[Living]) -> Standing {
    if living.channels.are_those_of(own) {
        Standing::AgentItself
    } else if living.channels.are_held_by(above(living, family)) {
        Standing::TalkedWith
    } else {
        Standing::OnItsOwn
    }
}

/// Its parent and theirs, as far as the family goes.
fn above<'a>(living: &Living, family: &'a [Living]) -> impl Iterator<Item = u32> + use<'a> {
    let find = |pid: u32| family.iter().find(move |one| one.identity.pid == pid);
    let first = find(living.parent);
    std::iter::successors(first, move |one| find(one.parent)).map(|one| one.identity.pid).take(family.len())
}
