//! The one place where a simulated process dies.
//!
//! Every fake asks the same [`CrashPlan`] before it acts and again before it answers, so that one number names one
//! moment of a whole run, whatever port it falls into. What a fake keeps is what the world keeps: after a crash
//! its state is still there, and only the calls fail until the plan is revived. It must not know any port.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::time::Duration;

use owt_ports::FileError;
use owt_ports::StoreError;

/// How long somebody waits for a call that is held.
const PATIENCE: Duration = Duration::from_secs(60);

/// The simulated process is dead: the call was not made, or its answer never arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crashed;

impl From<Crashed> for StoreError {
    fn from(Crashed: Crashed) -> Self {
        Self::Crashed
    }
}

impl From<Crashed> for FileError {
    fn from(Crashed: Crashed) -> Self {
        Self::Crashed
    }
}

/// Where, around a call's effect, a point lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing has happened yet.
    Before,
    /// It has happened, and the caller never hears of it.
    After,
}

/// A point that a run went through, or died at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its number in the run, from 1.
    pub number: u64,
    /// The call, as `port.method`.
    pub name: &'static str,
    /// Which side of the effect.
    pub moment: Moment,
}

#[derive(Debug, Default)]
struct State {
    reached: u64,
    crash_at: Option<u64>,
    dead: Option<Point>,
    last: Option<Point>,
    held: Option<Held>,
    /// How often each call was begun.
    calls: BTreeMap<&'static str, u64>,
}

/// A call that will wait.
#[derive(Debug)]
struct Held {
    name: &'static str,
    reached: mpsc::Sender<()>,
    go_on: mpsc::Receiver<()>,
}

/// A call of the process that waits before it answers, so that something else can come in between.
#[derive(Debug)]
pub struct Hold {
    reached: mpsc::Receiver<()>,
    go_on: mpsc::Sender<()>,
}

impl Hold {
    /// Lets something happen while the call waits, then lets it go on.
    ///
    /// # Panics
    /// When the call is never made.
    pub fn meanwhile<T>(self, deed: impl FnOnce() -> T) -> T {
        self.reached.recv_timeout(PATIENCE).expect("the call that was held is made");
        let done = deed();
        // Nobody waits when the process has died over it.
        let _ = self.go_on.send(());
        done
    }
}

/// When the simulated process dies; cloned into every fake of one run.
#[derive(Debug, Clone, Default)]
pub struct CrashPlan {
    state: Arc<Mutex<State>>,
}

impl CrashPlan {
    /// A run without a crash; points are counted all the same.
    pub fn never() -> Self {
        Self::default()
    }

    /// A run that dies when the point of this number (from 1) is reached.
    pub fn at(number: u64) -> Self {
        let plan = Self::never();
        plan.lock().crash_at = Some(number);
        plan
    }

    /// Arms the plan again: the process dies after `more` further points (0: at the next one).
    pub fn arm(&self, more: u64) {
        let mut state = self.lock();
        state.crash_at = Some(state.reached + more + 1);
    }

    /// The next call of this name (as `port.method`) waits, its effect done, until it is let go; the only one that does.
    pub fn hold(&self, name: &'static str) -> Hold {
        let ((reached, is_reached), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel());
        self.lock().held = Some(Held { name, reached, go_on: may_go_on });
        Hold { reached: is_reached, go_on }
    }

    /// Asked by a fake before it acts.
    ///
    /// # Errors
    /// [`Crashed`] when the process is dead, or dies here: the effect must not happen.
    pub fn point_before(&self, name: &'static str) -> Result<(), Crashed> {
        self.point(name, Moment::Before)
    }

    /// Asked by a fake after the effect and before the answer.
    ///
    /// # Errors
    /// [`Crashed`] when the process is dead, or dies here: the effect stays, the answer is lost.
    pub fn point_after(&self, name: &'static str) -> Result<(), Crashed> {
        self.point(name, Moment::After)
    }

    /// One whole call: a point, the effect, another point. What most fakes need.
    ///
    /// # Errors
    /// Those of the effect, and [`Crashed`] as the port's own error.
    pub fn around<T, E: From<Crashed>>(
        &self,
        name: &'static str,
        effect: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.point_before(name)?;
        let answer = effect()?;
        self.wait_if_held(name);
        self.point_after(name)?;
        Ok(answer)
    }

    /// The process starts again: calls work, and no further crash is planned until [`CrashPlan::arm`].
    pub fn revive(&self) {
        let mut state = self.lock();
        state.dead = None;
        state.crash_at = None;
    }

    /// How many points the run has gone through. A run without a crash tells how many there are to choose from.
    pub fn reached(&self) -> u64 {
        self.lock().reached
    }

    /// The point at which the process died; `None` while it is alive.
    pub fn died_at(&self) -> Option<Point> {
        self.lock().dead
    }

    /// How many calls of a port (the first part of `port.method`) were begun.
    pub fn calls_of(&self, port: &str) -> u64 {
        let is_its = |name: &str| name.split_once('.').is_some_and(|(of, _)| of == port);
        self.lock().calls.iter().filter(|(name, _)| is_its(name)).map(|(_, count)| count).sum()
    }

    /// The newest point, for messages about a run that went wrong.
    pub fn last(&self) -> Option<Point> {
        self.lock().last
    }

    fn wait_if_held(&self, name: &'static str) {
        let held = self.lock().held.take_if(|held| held.name == name);
        if let Some(held) = held
            && held.reached.send(()).is_ok()
        {
            // Whoever held it is gone: then nothing holds it.
            let _ = held.go_on.recv();
        }
    }

    fn point(&self, name: &'static str, moment: Moment) -> Result<(), Crashed> {
        let mut state = self.lock();
        if state.dead.is_some() {
            return Err(Crashed);
        }
        state.reached += 1;
        if moment == Moment::Before {
            *state.calls.entry(name).or_default() += 1;
        }
        let point = Point { number: state.reached, name, moment };
        state.last = Some(point);
        if state.crash_at == Some(point.number) {
            state.dead = Some(point);
            return Err(Crashed);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn bump(plan: &CrashPlan, count: &Cell<u32>) -> Result<(), StoreError> {
        plan.around("test.bump", || {
            count.set(count.get() + 1);
            Ok(())
        })
    }

    #[test]
    fn a_crash_before_leaves_nothing_and_a_crash_after_leaves_the_effect() {
        for (point, effects, moment) in [(3, 1, Moment::Before), (4, 2, Moment::After)] {
            let (plan, count) = (CrashPlan::at(point), Cell::new(0));
            assert_eq!(bump(&plan, &count), Ok(()));
            assert_eq!(bump(&plan, &count), Err(StoreError::Crashed));
            assert_eq!(count.get(), effects);
            assert_eq!(plan.died_at(), Some(Point { number: point, name: "test.bump", moment }));
        }
    }

    #[test]
    fn the_dead_stay_dead_until_they_are_revived() {
        let (plan, count) = (CrashPlan::at(1), Cell::new(0));
        assert_eq!(bump(&plan, &count), Err(StoreError::Crashed));
        assert_eq!(bump(&plan.clone(), &count), Err(StoreError::Crashed));
        plan.revive();
        assert_eq!(bump(&plan, &count), Ok(()));
        assert_eq!((count.get(), plan.reached()), (1, 3));
        assert_eq!((plan.calls_of("test"), plan.calls_of("store")), (2, 0));
    }

    #[test]
    fn something_comes_in_between_where_a_call_is_held() {
        let (plan, count) = (CrashPlan::never(), std::sync::atomic::AtomicU32::new(0));
        let hold = plan.hold("test.held");
        let order = std::sync::atomic::Ordering::SeqCst;
        std::thread::scope(|scope| {
            let held =
                scope.spawn(|| plan.around("test.held", || Ok::<_, StoreError>(count.fetch_add(1, order))));
            hold.meanwhile(|| assert_eq!(count.fetch_add(10, order), 1));
            assert_eq!(held.join().unwrap(), Ok(0));
        });
        assert_eq!(plan.around("test.held", || Ok::<_, StoreError>(count.load(order))), Ok(11));
    }

    #[test]
    fn an_armed_plan_dies_again_after_so_many_points() {
        let (plan, count) = (CrashPlan::never(), Cell::new(0));
        assert_eq!(bump(&plan, &count), Ok(()));
        plan.arm(1);
        assert_eq!(bump(&plan, &count), Err(StoreError::Crashed));
        assert_eq!(count.get(), 2);
    }
}
