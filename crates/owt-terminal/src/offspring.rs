//! The programs below a session's own, in the words of decisions.

use std::io;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_core::offspring::Offspring;
use owt_core::offspring::Standing;
use owt_process::tree;
use owt_process::tree::Channels;
use owt_process::tree::Living;

/// Everything below a host but the session's own program and our own hooks, as it is now.
pub(crate) fn below(
    (host, program): (u32, u32),
    owt: &AbsPath,
    now: Timestamp,
) -> io::Result<Vec<Offspring>> {
    let own = Channels::of(program);
    let family = tree::living_below(host)?;
    let others = family
        .iter()
        .filter(|living| living.identity.pid != program && !is_our_hook(&living.words, owt.as_str()));
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

/// Whether this is an agent's report to us, by itself or in the shell that some agents start it with: it works for nobody but us.
fn is_our_hook(words: &[String], owt: &str) -> bool {
    match words {
        [program, command, ..] if program == owt => command == "hook",
        [_shell, options @ .., line] if options.iter().any(|option| option == "-c") => {
            let quoted = format!("'{owt}'");
            let rest = line.strip_prefix(owt).or_else(|| line.strip_prefix(&quoted));
            rest.is_some_and(|rest| rest.starts_with(" hook --") && !rest.contains(ANOTHER_COMMAND))
        }
        _ => false,
    }
}

/// What a shell's line has where it does something else, too.
const ANOTHER_COMMAND: [char; 8] = [';', '&', '|', '\n', '`', '$', '(', ')'];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_hook_is_no_work_of_the_agent_and_whatever_else_names_it_is() {
        const OWT: &str = "/opt/my tools/owt";
        let is_hook = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            is_our_hook(&words, OWT)
        };
        let line = format!("'{OWT}' hook --agent claude --event Stop");
        for words in [
            &[OWT, "hook", "--agent", "claude", "--event", "Stop"][..],
            &["/bin/sh", "-c", &line],
            &["/bin/bash", "-c", "-l", &line],
        ] {
            assert!(is_hook(words), "{words:?}");
        }
        let and_more = format!("{line} ; cargo test");
        for words in [
            &[OWT, "wait", "hook"][..],
            &[OWT],
            &["/usr/bin/owt", "hook", "--agent", "claude"],
            &["/bin/sh", "-c", &and_more],
            &["/bin/sh", "-c", "cargo test", OWT],
            &["grep", "-c", "hook", "/opt/my"],
            &["sh", &line],
            &[],
        ] {
            assert!(!is_hook(words), "{words:?}");
        }
    }
}
