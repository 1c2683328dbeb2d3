//! In which order rows stand: by rank, and what an agent has begun below the agent's own row where both stand in one section.
//! It must not know what a rank is made of, nor how a row is drawn.

use std::collections::HashMap;

use owt_api::Workspace;

use crate::repositories;
use crate::row::Row;

/// The rows of these workspaces in the order of the screen; where they are of several repositories, each says of which.
pub(crate) fn arranged(workspaces: impl IntoIterator<Item = Workspace>) -> Vec<Row> {
    let mut rows: Vec<Row> = workspaces.into_iter().map(Row::of).collect();
    let repositories = repositories::names(rows.iter().map(|row| row.workspace.repository.as_str()));
    for row in &mut rows {
        if let Some(name) = repositories.get(&row.workspace.repository) {
            row.of_repository(name);
        }
    }
    rows.sort_by(|one, other| one.rank().cmp(&other.rank()));
    let leads = leads(&rows);
    if leads.iter().all(Option::is_none) {
        return rows;
    }
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    let place = |(at, depth): (usize, usize)| Some(rows.get_mut(at)?.take()?.below(depth));
    order(&leads).into_iter().filter_map(place).collect()
}

/// Of each row that whose agent has begun it, where it stands in the same section.
fn leads(rows: &[Row]) -> Vec<Option<usize>> {
    let by_id: HashMap<&str, usize> =
        rows.iter().enumerate().map(|(at, row)| (row.workspace.id.as_str(), at)).collect();
    let lead = |row: &Row| {
        let lead = *by_id.get(row.workspace.assignment.begun_by.as_deref()?)?;
        (rows[lead].section == row.section).then_some(lead)
    };
    rows.iter().map(lead).collect()
}

/// Every row once, with how far it stands below others: whoever comes first brings all of their own along.
fn order(leads: &[Option<usize>]) -> Vec<(usize, usize)> {
    let mut workers = vec![Vec::new(); leads.len()];
    for (at, lead) in leads.iter().enumerate().rev() {
        if let Some(lead) = lead {
            workers[*lead].push(at);
        }
    }
    let mut is_placed = vec![false; leads.len()];
    let mut order = Vec::with_capacity(leads.len());
    for at in 0..leads.len() {
        let mut next = vec![(first(at, leads), 0)];
        while let Some((at, depth)) = next.pop() {
            if !std::mem::replace(&mut is_placed[at], true) {
                order.push((at, depth));
                next.extend(workers[at].iter().map(|worker| (*worker, depth + 1)));
            }
        }
    }
    order
}

/// Whoever nobody else here has begun; where the server says that each began the other, any of them.
fn first(at: usize, leads: &[Option<usize>]) -> usize {
    let mut first = at;
    for _ in 0..leads.len() {
        match leads[first] {
            Some(lead) => first = lead,
            None => break,
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_was_begun_stands_below_whoever_began_it_and_the_first_brings_all_along() {
        // 0 was begun by 3, which 1 has begun; 2 by nobody.
        let leads = [Some(3), None, None, Some(1), Some(1)];
        assert_eq!(order(&leads), [(1, 0), (3, 1), (0, 2), (4, 1), (2, 0)]);
    }

    proptest! {
        #[test]
        fn whoever_began_whom_each_stands_somewhere_once(
            leads in prop::collection::vec(prop::option::of(0_usize..12), 12)
        ) {
            let mut places: Vec<usize> = order(&leads).into_iter().map(|(at, _)| at).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..12).collect::<Vec<_>>());
        }
    }
}
