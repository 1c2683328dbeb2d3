//! Which candidates are checked next, given what is known of some. Each candidate holds everything before it, so that the
//! first bad one is found by section: the whole first, then evenly spaced parts of what is not known, as many as there are
//! slots. With one slot that is the last candidate and then bisection.

/// What is known of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing yet.
    Nothing,
    /// It passed.
    Good,
    /// It failed.
    Bad,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Check these candidates, counted from 1; of each nothing is known.
    Check(Vec<usize>),
    /// Land the first so many. When there are more, the next one is the first that is bad.
    Land(usize),
    /// The first one is bad, and nothing can land before it.
    BlameFirst,
}

/// What is to be done next. There is a candidate, and a slot.
pub fn next(known: &[Known], slots: usize) -> Next {
    let good = known.iter().rposition(|known| *known == Known::Good).map_or(0, |at| at + 1);
    if good == known.len() {
        return Next::Land(good);
    }
    // Bad ones before a good one were mended by what came after them.
    let bad = known[good..].iter().position(|known| *known == Known::Bad).map(|at| good + at + 1);
    match bad {
        Some(bad) if bad == good + 1 && good == 0 => Next::BlameFirst,
        Some(bad) if bad == good + 1 => Next::Land(good),
        Some(bad) => Next::Check(spaced(good, bad, slots)),
        None => {
            let mut wanted = spaced(good, known.len(), slots.saturating_sub(1));
            wanted.push(known.len());
            Next::Check(wanted)
        }
    }
}

/// So many evenly spaced numbers between two, both left out; all there are, where there are fewer.
fn spaced(low: usize, high: usize, count: usize) -> Vec<usize> {
    let count = count.min(high - low - 1);
    (1..=count).map(|part| low + (high - low) * part / (count + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks until something is decided: what, after how many runs, and after how many rounds of them.
    fn decided(cars: usize, is_good: impl Fn(usize) -> bool, slots: usize) -> (Next, usize, usize) {
        let mut known = vec![Known::Nothing; cars];
        let (mut runs, mut rounds) = (0, 0);
        loop {
            let Next::Check(wanted) = next(&known, slots) else { return (next(&known, slots), runs, rounds) };
            assert!(!wanted.is_empty() && wanted.len() <= slots, "{wanted:?} of {slots} slots");
            for at in &wanted {
                assert_eq!(known[at - 1], Known::Nothing, "{at} is checked twice");
                known[at - 1] = if is_good(*at) { Known::Good } else { Known::Bad };
            }
            runs += wanted.len();
            rounds += 1;
        }
    }

    #[test]
    fn when_all_is_well_one_run_tells_it() {
        assert_eq!(decided(10, |_| true, 1), (Next::Land(10), 1, 1));
    }

    #[test]
    fn the_first_bad_one_is_found_whichever_it_is_in_one_run_and_a_bisection() {
        for cars in 1..=40_usize {
            let most = 1 + cars.next_power_of_two().trailing_zeros() as usize;
            for bad in 1..=cars {
                let (next, runs, _) = decided(cars, |at| at < bad, 1);
                let expected = if bad == 1 { Next::BlameFirst } else { Next::Land(bad - 1) };
                assert_eq!(next, expected, "{bad} of {cars}");
                assert!(runs <= most, "{bad} of {cars}: {runs} runs");
            }
        }
    }

    #[test]
    fn more_slots_take_fewer_rounds_and_enough_of_them_one() {
        for bad in 1..=10 {
            assert_eq!(decided(10, |at| at < bad, 10).2, 1, "{bad}");
            assert!(decided(10, |at| at < bad, 4).2 <= 2, "{bad}");
        }
    }

    #[test]
    fn what_a_later_one_mended_is_no_matter() {
        use Known::Bad;
        use Known::Good;
        use Known::Nothing;
        assert_eq!(next(&[Good, Bad, Good], 1), Next::Land(3));
        assert_eq!(next(&[Bad, Good, Nothing, Bad], 2), Next::Check(vec![3]));
        assert_eq!(next(&[Bad, Good, Bad, Good, Bad], 1), Next::Land(4));
    }

    #[test]
    fn whatever_is_good_or_bad_every_question_ends() {
        for pattern in 0..1_u32 << 9 {
            for slots in 1..=4 {
                let (next, runs, _) = decided(9, |at| pattern & (1 << (at - 1)) != 0, slots);
                assert!(runs <= 9 && !matches!(next, Next::Check(_)), "{pattern:b} {slots}");
            }
        }
    }
}
