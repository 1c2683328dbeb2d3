//! `owt queue --ship`: what would land, what happens meanwhile, and what came of it.

use owt_api::CarState;
use owt_api::ShippedQueue;
use owt_api::TrainCar;
use owt_core::counting::counted;
use owt_tui::text::one_line;
use owt_tui::wording;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::review;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 3] = [
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(12) },
    Column { heading: "WHAT", squeeze: Squeeze::Never },
    Column { heading: "WHY", squeeze: Squeeze::To(20) },
];

const NOTHING: &str = "There is no work that could land in this repository.\n";

/// What would land, in which order, and what would not.
pub(crate) fn ahead(page: &Page, would: &ShippedQueue) -> String {
    let Some(target) = &would.target else { return NOTHING.to_owned() };
    let target = one_line(target);
    let mut text = match would.cars.len() {
        0 => format!("Nothing would land in {target}.\n"),
        _ => format!("This would land in {target}, in this order, each on those before it:\n"),
    };
    for (at, car) in would.cars.iter().enumerate() {
        text.push_str(&format!("{:>4}  {}\n", at + 1, passenger(car)));
        let found = review::of_landing(car.review.as_ref());
        let clashes = car.conflicts.iter().map(wording::car_conflict);
        let lines = found.lines().map(str::to_owned).chain(clashes);
        text.push_str(&lines.map(|line| format!("      {line}\n")).collect::<String>());
    }
    if let Some(checks) = would.checks.as_ref().and_then(wording::foreseen_checks) {
        text.push_str(&format!("{checks}\n"));
    }
    text.push_str(&along(would).unwrap_or_default());
    if !would.out.is_empty() {
        text.push_str("This would not:\n");
        text.push_str(&table::render(page, &COLUMNS, &out(would)));
    }
    text
}

/// What becomes of the checkout that is on the target.
fn along(would: &ShippedQueue) -> Option<String> {
    let checkout = one_line(would.checkout.as_deref()?);
    Some(match &would.in_the_way {
        None => format!("The checkout in {checkout} would go along.\n"),
        Some(why) => format!(
            "Nothing lands before that is settled in the checkout in {checkout}: {}.\n",
            one_line(why)
        ),
    })
}

fn passenger(car: &TrainCar) -> String {
    let commits = car.commits.map(|commits| counted(commits, "commit", "commits"));
    let first = car.uncommitted.filter(|files| *files > 0);
    let first = first.map(|files| format!("{} committed first", counted(files, "file", "files")));
    let withheld: Vec<String> = car.withheld.iter().map(|path| one_line(path)).collect();
    let withheld = (!withheld.is_empty()).then(|| format!("not committed: {}", withheld.join(", ")));
    let what: Vec<String> = [commits, first, withheld].into_iter().flatten().collect();
    format!("{} ({})", one_line(&car.workspace), what.join("; "))
}

fn out(shipped: &ShippedQueue) -> Vec<Vec<Cell>> {
    let row = |car: &owt_api::OutCar| {
        let log = car.log.as_deref().map(|log| format!("; all of it is in {}", one_line(log)));
        vec![
            Cell::new(Tone::Strong, one_line(&car.workspace)),
            if car.is_left() { Cell::new(Tone::Bad, "out") } else { Cell::new(Tone::Dim, "nothing") },
            Cell::plain(format!("{}{}", one_line(&car.reason), log.unwrap_or_default())),
        ]
    };
    shipped.out.iter().map(row).collect()
}

/// What is new, a line each.
pub(crate) fn news(before: Option<&ShippedQueue>, now: &ShippedQueue) -> Vec<String> {
    let mut lines = Vec::new();
    for car in &now.cars {
        let was = before.and_then(|before| before.cars.iter().find(|it| it.workspace == car.workspace));
        if was.is_none_or(|was| was.state != car.state)
            && let Some(line) = step(now, car)
        {
            lines.push(line);
        }
    }
    let again = before.map_or(0, |before| before.flaky_retries);
    if now.flaky_retries > again {
        lines.push("A check that failed runs once more.".to_owned());
    }
    lines
}

fn step(now: &ShippedQueue, car: &TrainCar) -> Option<String> {
    let (name, target) = (one_line(&car.workspace), now.target.as_deref().map(one_line).unwrap_or_default());
    let (place, all) = share(now, car);
    Some(match car.state {
        CarState::Waits => return None,
        CarState::Building => format!("building   {name}"),
        CarState::Built => format!("built      {name} ({place}/{all})"),
        CarState::Checking => format!("checking   {name} and what is before it ({place}/{all})"),
        CarState::Passed => format!("passed     {name} and what is before it ({place}/{all})"),
        CarState::Failed => format!("failed     {name}, or something before it ({place}/{all})"),
        CarState::Landing => format!("landing    {name}"),
        CarState::Landed => format!("landed     {name} in {target}"),
        CarState::TakenBack => format!("taken back {name}"),
        CarState::Out => {
            let why = now.out.iter().find(|out| out.workspace == car.workspace);
            format!("out        {name}: {}", why.map(|out| one_line(&out.reason)).unwrap_or_default())
        }
    })
}

/// Whether nothing more happens to one.
const fn is_over(state: CarState) -> bool {
    matches!(state, CarState::Landed | CarState::TakenBack | CarState::Out)
}

/// Which of those that may still land it is, and how many there are.
fn share(now: &ShippedQueue, car: &TrainCar) -> (usize, usize) {
    let rides = |car: &&TrainCar| !is_over(car.state);
    let all: Vec<&TrainCar> = now.cars.iter().filter(rides).collect();
    let place = all.iter().position(|it| it.workspace == car.workspace).map_or(0, |at| at + 1);
    (place, all.len())
}

/// What would not land any more.
pub(crate) fn would_be_called_off(now: &ShippedQueue) -> String {
    let target = now.target.as_deref().map(one_line).unwrap_or_default();
    let rides = now.cars.iter().filter(|car| !is_over(car.state));
    let rides: Vec<String> = rides.map(|car| one_line(&car.workspace)).collect();
    match rides.is_empty() {
        true => format!("Everything has landed in {target}, or is out: there is nothing to call off.\n"),
        false => format!("This would not land in {target}: {}.\n", rides.join(", ")),
    }
}

/// What has landed, and what has not.
pub(crate) fn result(page: &Page, shipped: &ShippedQueue) -> String {
    let Some(target) = &shipped.target else { return NOTHING.to_owned() };
    let target = one_line(target);
    let short = |sha: &str| sha.get(..10).unwrap_or(sha).to_owned();
    let landed = |car: &owt_api::LandedCar| {
        let stays = car.not_deleted.as_deref().map(|why| format!("; the workspace stays: {}", one_line(why)));
        vec![
            Cell::new(Tone::Strong, one_line(&car.workspace)),
            Cell::new(Tone::Good, "landed"),
            Cell::plain(format!("with {}{}", short(&car.commit), stays.unwrap_or_default())),
        ]
    };
    let rows: Vec<Vec<Cell>> = shipped.landed.iter().map(landed).chain(out(shipped)).collect();
    let mut text = table::render(page, &COLUMNS, &rows);
    if let (Some(before), Some(after)) = (&shipped.before, &shipped.after) {
        text.push_str(&format!("{target} went from {} to {}.\n", short(before), short(after)));
    }
    if let Some(checkout) = &shipped.checkout {
        text.push_str(&format!("The checkout in {} went along.\n", one_line(checkout)));
    }
    if shipped.check_runs > 0 {
        let runs = counted(shipped.check_runs, "time", "times");
        let again = match shipped.flaky_retries {
            0 => String::new(),
            retries => {
                format!(", {} of them to see whether a failure is one", counted(retries, "time", "times"))
            }
        };
        text.push_str(&format!("The repository's checks ran {runs}{again}.\n"));
    }
    text
}
