//! Keeps watch over worktrees: git's answers about one are good until something that they depend on has changed.
//!
//! - Watches are in place before git is asked: what changes in between counts as a change after it.
//! - Nothing runs in between. Changes wait in the system's queue, which is read at the moment of a question; a folder
//!   of a worktree is watched only until its first change, so that busy folders do not fill it.
//! - Whatever cannot be watched whole (too many folders, another filesystem below, a submodule, a repository inside,
//!   a limit of the system, a network filesystem) has no mark, and git is asked every time.
//!
//! [`folders`] are those of the worktree, [`standpoint`] the repository's side, [`settings`] the configuration.
//!
//! What the system does not tell, and thus is not seen until something else changes there: writing through a mapping
//! that stays open, writing through a hard link that lies in a folder not watched, a filesystem mounted over a folder
//! inside a worktree (inotify(7), "Limitations and caveats"; Linux 6.18). What a filter program of the person says
//! (`filter.*.clean`) counts as the same for the same file.

mod folders;
#[cfg(not(target_os = "linux"))]
mod no_queue;
mod place;
mod post;
#[cfg(target_os = "linux")]
mod queue;
mod seat;
mod settings;
mod standpoint;
mod table;

#[cfg(not(target_os = "linux"))]
use no_queue as queue;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AbsPath;
use owt_core::vcs::Repository;
use owt_core::vcs::WorktreeFacts;
use owt_ports::Found;
use owt_ports::GitError;
use owt_ports::Lookout;
use owt_ports::Mark;
use owt_ports::Outlook;
use owt_ports::Sighting;

use crate::GitCli;
use crate::facts;
use crate::status;
use crate::status::Listing;
use folders::IgnoredFolders;
use post::Post;
use post::Refused;
use seat::Seat;
use seat::Watch;
use settings::Checked;
use settings::Settings;
use standpoint::Standpoint;

pub use settings::PersonalFiles;

/// The lookout over real worktrees.
#[derive(Debug)]
pub struct GitLookout {
    git: Arc<GitCli>,
    personal: PersonalFiles,
    /// `None` where the system cannot tell of changes.
    post: Option<Mutex<Post>>,
    seats: Mutex<HashMap<Outlook, Arc<Mutex<Seat>>>>,
    /// By common folder.
    settings: Mutex<HashMap<PathBuf, Arc<Settings>>>,
}

impl GitLookout {
    /// Nothing is watched yet.
    pub fn new(git: Arc<GitCli>, personal: PersonalFiles) -> Self {
        let post = Post::open().ok().map(Mutex::new);
        Self { git, personal, post, seats: Mutex::default(), settings: Mutex::default() }
    }

    /// How many watches of the system it has now.
    pub fn watches(&self) -> usize {
        self.post.as_ref().map_or(0, |post| lock(post).len())
    }

    fn plain(&self, outlook: &Outlook) -> Result<Sighting, GitError> {
        let Outlook { worktree, base, base_branch } = outlook;
        let facts = facts::facts(&self.git, worktree, base, base_branch.as_ref())?;
        Ok(Sighting { facts, mark: None })
    }

    fn look_from(
        &self,
        seat: &mut Seat,
        post: &Mutex<Post>,
        outlook: &Outlook,
        last: Option<&Sighting>,
    ) -> Result<Sighting, GitError> {
        if seat.rests() {
            return self.plain(outlook);
        }
        let known = last.and_then(|last| Some((&last.facts, last.mark?)));
        let watched = seat.watch(self, post, outlook, known.map(|(_, mark)| mark));
        let watch = watched.as_ref().unwrap_or(&Watch::NONE);
        let facts = self.ask(seat, watch, outlook, known)?;
        // A path that leads elsewhere by now may have led git there, too.
        let mark = seat.mark(watch).filter(|_| seat.stands(&lock(post)));
        if watched.is_err() {
            seat.refused(post);
        }
        Ok(Sighting { facts, mark })
    }

    /// Asks for what does not hold any more.
    fn ask(
        &self,
        seat: &mut Seat,
        watch: &Watch,
        outlook: &Outlook,
        known: Option<(&WorktreeFacts, Mark)>,
    ) -> Result<WorktreeFacts, GitError> {
        let Outlook { worktree, base, base_branch } = outlook;
        let own = match known.filter(|_| watch.own_holds()) {
            Some((known, _)) => known.clone(),
            None => {
                let status = status::status(&self.git, worktree, Listing::WithIgnoredFolders)?;
                seat.take_in(IgnoredFolders::of(&status.entries));
                facts::own(&status)
            }
        };
        let measured = known.filter(|(known, mark)| watch.base_holds(*mark) && known.head == own.head);
        let (ahead, behind) = match measured {
            Some((known, _)) => (known.ahead, known.behind),
            None => facts::distance(&self.git, worktree, own.head.as_ref(), base, base_branch.as_ref())?,
        };
        let mut facts = WorktreeFacts { ahead, behind, ..own };
        if measured.is_none() || !watch.own_holds() {
            facts::own_work(&self.git, worktree, &facts, base, base_branch.as_ref()).told_in(&mut facts);
        }
        Ok(facts)
    }

    /// The settings of a repository, asked for once for all its worktrees as far as they do not differ.
    fn settings(
        &self,
        post: &Mutex<Post>,
        outlook: &Outlook,
        standpoint: &Standpoint,
    ) -> Result<Arc<Settings>, Refused> {
        let mut all = lock(&self.settings);
        if let Some(known) = all.get(&standpoint.common_dir)
            && known.hold(&lock(post))
        {
            return Ok(Arc::clone(known));
        }
        let fresh =
            Settings::watch(&self.git, post, &self.personal, &outlook.worktree, standpoint).map(Arc::new)?;
        let old = match fresh.differ {
            true => all.remove(&standpoint.common_dir),
            false => all.insert(standpoint.common_dir.clone(), Arc::clone(&fresh)),
        };
        if let Some(old) = old {
            lock(post).leave(old.watcher);
        }
        Ok(fresh)
    }
}

impl Lookout for GitLookout {
    fn look(&self, outlook: &Outlook, last: Option<&Sighting>) -> Result<Sighting, GitError> {
        let Some(post) = &self.post else { return self.plain(outlook) };
        let seat = Arc::clone(lock(&self.seats).entry(outlook.clone()).or_default());
        let found = self.look_from(&mut lock(&seat), post, outlook, last);
        if found.is_err() {
            self.leave(outlook);
        }
        // Left by somebody else meanwhile: nobody would end what was watched since.
        if !lock(&self.seats).get(outlook).is_some_and(|current| Arc::ptr_eq(current, &seat)) {
            lock(&seat).abandon(post);
        }
        found
    }

    fn unchanged(&self, seen: &[(&Outlook, Mark)]) -> Vec<bool> {
        let Some(post) = &self.post else { return vec![false; seen.len()] };
        let seats = lock(&self.seats);
        let mut post = lock(post);
        post.catch_up();
        let mut checked = Checked::default();
        let mut is_at = |outlook, mark| {
            // Somebody is asking git about it at this moment: then it is not known.
            let seat = seats.get(outlook).and_then(|seat| seat.try_lock().ok());
            seat.is_some_and(|seat| seat.is_at(mark, &post, &mut checked))
        };
        seen.iter().map(|&(outlook, mark)| is_at(outlook, mark)).collect()
    }

    fn find(&self, repository: Option<&Repository>, folder: &AbsPath) -> Found {
        standpoint::find(repository, folder)
    }

    fn leave(&self, outlook: &Outlook) {
        let Some(post) = &self.post else { return };
        let Some(seat) = lock(&self.seats).remove(outlook) else { return };
        lock(&seat).abandon(post);
        drop(seat);
        // Settings that no worktree needs any more.
        lock(&self.settings).retain(|_, settings| {
            let needed = Arc::strong_count(settings) > 1;
            if !needed {
                lock(post).leave(settings.watcher);
            }
            needed
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
