//! One worktree under watch: what it watches, and what it was told when it last asked.

use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use owt_ports::Mark;
use owt_ports::Outlook;

use super::GitLookout;
use super::folders;
use super::folders::IgnoredFolders;
use super::lock;
use super::place::Place;
use super::post::Post;
use super::post::Refused;
use super::queue::WatchId;
use super::settings::Checked;
use super::settings::Settings;
use super::standpoint::Standpoint;
use super::table::Watcher;

/// How many questions are answered by git alone after a watch was refused, before it is tried again.
const REST: u8 = 15;

/// See the module. The first question only learns which folders are ignored; the second watches the others.
#[derive(Debug, Default)]
pub(super) struct Seat {
    watcher: Option<Watcher>,
    /// Its own watches, in order.
    own: Vec<WatchId>,
    /// Worktree and git folder.
    places: Vec<Place>,
    settings: Option<Arc<Settings>>,
    ignored: Option<IgnoredFolders>,
    /// Whether the last answer named the same ignored folders as the one before.
    ignored_as_before: bool,
    rest: u8,
}

/// What is watched when git is about to be asked.
#[derive(Debug)]
pub(super) struct Watch {
    whole: bool,
    own_holds: bool,
    now: Option<Mark>,
}

impl Watch {
    /// Nothing is watched.
    pub(super) const NONE: Self = Self { whole: false, own_holds: false, now: None };

    /// Whether what is the worktree's own is as it was.
    pub(super) const fn own_holds(&self) -> bool {
        self.own_holds
    }

    /// Whether the base branch is where it was at this mark.
    pub(super) fn base_holds(&self, mark: Mark) -> bool {
        self.now.is_some_and(|now| now.base == mark.base)
    }
}

impl Seat {
    /// The mark of an answer that was asked for under this watch.
    pub(super) fn mark(&self, watch: &Watch) -> Option<Mark> {
        let covered = watch.own_holds || self.ignored_as_before;
        watch.now.filter(|_| watch.whole && covered)
    }

    /// Whether git alone is to be asked this time.
    pub(super) fn rests(&mut self) -> bool {
        let rests = self.rest > 0;
        self.rest = self.rest.saturating_sub(1);
        rests
    }

    /// After a refusal: the same would be refused again, unless what is ignored has just changed.
    pub(super) fn refused(&mut self, post: &Mutex<Post>) {
        self.abandon(post);
        if self.ignored_as_before {
            self.rest = REST;
        }
    }

    /// What an answer says is ignored.
    pub(super) fn take_in(&mut self, ignored: Option<IgnoredFolders>) {
        self.ignored_as_before = ignored.is_some() && ignored == self.ignored;
        self.ignored = ignored;
    }

    /// Ends every watch; what is ignored is kept.
    pub(super) fn abandon(&mut self, post: &Mutex<Post>) {
        self.place_settings(post, None);
        if let Some(watcher) = self.watcher.take() {
            lock(post).leave(watcher);
        }
        self.own = Vec::new();
        self.places = Vec::new();
    }

    /// Whether the paths still lead to what is watched, and the settings are the same, as far as the post has heard.
    pub(super) fn stands(&self, post: &Post) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.hold(post))
            && self.places.iter().all(Place::holds)
    }

    /// Whether nothing has happened since this mark.
    pub(super) fn is_at(&self, mark: Mark, post: &Post, checked: &mut Checked) -> bool {
        self.watcher.and_then(|watcher| post.mark(watcher)) == Some(mark)
            && self.settings.as_ref().is_some_and(|settings| checked.holds(settings, post))
            && self.places.iter().all(Place::holds)
    }

    /// Puts every watch in its place before git is asked.
    pub(super) fn watch(
        &mut self,
        lookout: &GitLookout,
        post: &Mutex<Post>,
        outlook: &Outlook,
        known: Option<Mark>,
    ) -> Result<Watch, Refused> {
        let Some(ignored) = self.ignored.take() else { return Ok(Watch::NONE) };
        let watched = self.watch_all_but(&ignored, lookout, post, outlook, known);
        self.ignored = Some(ignored);
        watched
    }

    fn watch_all_but(
        &mut self,
        ignored: &IgnoredFolders,
        lookout: &GitLookout,
        post: &Mutex<Post>,
        outlook: &Outlook,
        known: Option<Mark>,
    ) -> Result<Watch, Refused> {
        let (watcher, before) = self.arrive(post)?;
        if known == Some(before) {
            return Ok(Watch { whole: true, own_holds: true, now: known });
        }
        let own_holds = known.is_some_and(|known| known.own == before.own);
        let root = outlook.worktree.as_path();
        if own_holds {
            stand(post, watcher, &Standpoint::of(root)?, outlook)?;
        } else {
            self.watch_own(ignored, lookout, post, outlook, watcher)?;
        }
        let mut post = lock(post);
        post.catch_up();
        let now = post.mark(watcher).ok_or(Refused::Unfit)?;
        // It changed while the watches were put in place. The change has spent a watch, and what follows there would
        // not be seen: the next question puts it back.
        let overtaken = now.own != before.own;
        Ok(Watch { whole: !overtaken, own_holds: own_holds && !overtaken, now: Some(now) })
    }

    /// Where the watcher stands now.
    fn arrive(&mut self, post: &Mutex<Post>) -> Result<(Watcher, Mark), Refused> {
        let mut post = lock(post);
        post.catch_up();
        let stands = self.stands(&post);
        let watcher = *self.watcher.get_or_insert_with(|| post.enter());
        if !stands {
            post.touch(watcher);
        }
        Ok((watcher, post.mark(watcher).ok_or(Refused::Unfit)?))
    }

    fn watch_own(
        &mut self,
        ignored: &IgnoredFolders,
        lookout: &GitLookout,
        post: &Mutex<Post>,
        outlook: &Outlook,
        watcher: Watcher,
    ) -> Result<(), Refused> {
        let root: &Path = outlook.worktree.as_path();
        let at_root = Place::look(root.to_owned());
        let mut own = folders::watch(post, watcher, root, ignored)?;
        let standpoint = Standpoint::of(root)?;
        standpoint.require_local(root)?;
        let at_git_dir = Place::look(standpoint.git_dir.clone());
        own.extend(stand(post, watcher, &standpoint, outlook)?);
        own.sort_unstable();
        own.dedup();
        let had = mem::replace(&mut self.own, own);
        lock(post).keep_only(watcher, &had, &self.own);
        self.places = vec![at_root, at_git_dir];
        let settings = lookout.settings(post, outlook, &standpoint)?;
        self.place_settings(post, Some(settings));
        Ok(())
    }

    fn place_settings(&mut self, post: &Mutex<Post>, settings: Option<Arc<Settings>>) {
        // Settings of one worktree alone are in nobody else's hands.
        if let Some(old) = mem::replace(&mut self.settings, settings).filter(|old| old.differ) {
            lock(post).leave(old.watcher);
        }
    }
}

/// States the interests in the repository anew, so that none is left of a branch that was left.
fn stand(
    post: &Mutex<Post>,
    watcher: Watcher,
    standpoint: &Standpoint,
    outlook: &Outlook,
) -> Result<Vec<WatchId>, Refused> {
    let mut post = lock(post);
    post.withdraw(watcher);
    let own = standpoint.watch(&mut post, watcher, outlook)?;
    post.settle();
    Ok(own)
}
