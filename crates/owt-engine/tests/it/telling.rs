//! What the person is told of a real life of workspaces, and what not twice: over restarts, by every way, at every hour.

use std::time::Duration;

use owt_core::attempt::Attempt;
use owt_core::attention::Attention;
use owt_core::authority::Principal;
use owt_core::notice::Channel;
use owt_core::notice::NoticeKind;
use owt_core::notice::TellingRules;
use owt_core::warning::WarningLimits;
use owt_engine::AttentionSettings;
use owt_engine::Herald;
use owt_engine::use_cases;
use owt_engine::use_cases::LogSubject;
use owt_engine::use_cases::LogView;
use owt_engine::use_cases::Scope;
use owt_engine::use_cases::Trial;
use owt_ports::NotifyError;
use owt_ports::StreamKind;
use owt_ports::Way;
use owt_testkit::simulation::Move;

use crate::scene::Scene;

const MINUTE: Duration = Duration::from_secs(60);

fn attending(interests: &str, quiet: &str) -> AttentionSettings {
    AttentionSettings {
        rules: TellingRules {
            interests: interests.parse().unwrap(),
            channels: vec![Channel::Bell, Channel::Command],
            quiet_hours: quiet.parse().unwrap(),
        },
        ways: vec![Way::Bell, Way::Command(vec!["tell-me".to_owned()])],
        warnings: WarningLimits { no_output: Some(10 * MINUTE), running: Some(60 * MINUTE), share: Some(80) },
    }
}

/// A scene with somebody who tells.
struct Telling {
    scene: Scene,
    herald: Herald,
}

impl Telling {
    fn new(settings: AttentionSettings) -> Self {
        let scene = Scene::new();
        scene.world.configuration.attend(settings);
        let herald = Herald::begin(&scene.engine).unwrap();
        Self { scene, herald }
    }

    /// Everything that was told since the last time, by kind and channel.
    fn told(&mut self) -> Vec<(Channel, NoticeKind)> {
        let before = self.scene.world.notifier.told().len();
        self.herald.round().unwrap();
        self.herald.hand_over();
        self.scene.world.notifier.told()[before..].iter().map(|(way, it)| (*way, it.kind)).collect()
    }

    /// The same by the command alone.
    fn kinds(&mut self) -> Vec<NoticeKind> {
        self.told().into_iter().filter(|(way, _)| *way == Channel::Command).map(|(_, kind)| kind).collect()
    }

    fn restart(&mut self) {
        self.scene.engine = self.scene.world.start_server();
        self.scene.engine.recover().unwrap();
        self.herald = Herald::begin(&self.scene.engine).unwrap();
        self.scene.settle();
    }
}

#[test]
fn each_turn_of_a_life_is_told_once_and_not_again_by_the_next_server() {
    let mut telling = Telling::new(attending("needs_person,done,failed", "none"));
    let asker = Principal::Person;
    let request = Scene::request(&telling.scene.root(), "Do the first thing");
    let (id, attempt) = telling.scene.workspace(&asker, &request);
    assert_eq!(telling.told(), [(Channel::Bell, NoticeKind::Done), (Channel::Command, NoticeKind::Done)]);
    assert_eq!(telling.told(), []);
    telling.restart();
    assert_eq!(telling.told(), [], "the next server knows what was told");
    telling.scene.world.sessions_seen.kill_host(attempt);
    telling.scene.settle();
    telling.restart();
    assert_eq!(telling.kinds(), [NoticeKind::Failed], "what happened while nobody looked is news");
    let (_, told) = telling.scene.world.notifier.told().pop().unwrap();
    assert_eq!(told.name, telling.scene.name(id));
    assert!(told.detail.unwrap().contains("vanished"));
    assert_eq!((told.agent.as_deref(), told.number > 1), (Some("demo"), true));
}

#[test]
fn what_comes_before_the_eyes_of_a_person_is_told_and_not_unread() {
    for looks in [false, true] {
        let mut telling = Telling::new(attending("done,failed", "none"));
        let request = Scene::request(&telling.scene.root(), "Do the first thing");
        let (id, attempt) = telling.scene.workspace(&Principal::Person, &request);
        if looks {
            telling.scene.world.sessions_seen.look_on(attempt);
        }
        assert_eq!(telling.kinds(), [NoticeKind::Done], "the bell rings for others, too");
        let shown = telling.scene.rows::<Attention>(StreamKind::Attention);
        let shown = shown.iter().find(|attention| attention.workspace == id).unwrap();
        assert_eq!(shown.unread_since.is_none(), looks);
    }
}

#[test]
fn what_a_server_recorded_and_did_not_tell_is_told_by_the_next_if_it_is_fresh_and_still_so() {
    let asking = |telling: &mut Telling| {
        let request = Scene::request(&telling.scene.root(), "Do the first thing");
        let asker = Principal::Person;
        use_cases::begin_new_workspace(&telling.scene.engine, &asker, crate::scene::some_request(), &request)
            .unwrap();
        telling.scene.settle();
        let attempt = telling.scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
        for chosen in [Move::Boot, Move::Read, Move::Ask] {
            telling.scene.act(attempt, chosen);
        }
        // It is recorded, and the server dies before anybody is told.
        telling.herald.round().unwrap();
        assert_eq!(telling.scene.world.notifier.told(), []);
        attempt
    };
    let mut telling = Telling::new(attending("needs_person", "none"));
    asking(&mut telling);
    telling.restart();
    assert_eq!(telling.kinds(), [NoticeKind::NeedsPerson]);
    telling.restart();
    assert_eq!(telling.told(), [], "once");

    let mut late = Telling::new(attending("needs_person", "none"));
    asking(&mut late);
    late.scene.world.clock.advance(11 * MINUTE);
    late.restart();
    assert_eq!(late.told(), [], "it is not fresh");

    let mut over = Telling::new(attending("needs_person", "none"));
    let attempt = asking(&mut over);
    over.scene.act(attempt, Move::GoOn);
    over.restart();
    assert_eq!(over.told(), [], "nobody is needed any more");

    let mut quiet = Telling::new(attending("needs_person", "none"));
    asking(&mut quiet);
    quiet.scene.world.configuration.attend(attending("done", "none"));
    quiet.restart();
    assert_eq!(quiet.told(), [], "the person wants to know no more");
}

#[test]
fn what_was_there_before_anybody_told_is_no_news() {
    let scene = Scene::new();
    let request = Scene::request(&scene.root(), "Do the first thing");
    let (_, attempt) = scene.workspace(&Principal::Person, &request);
    let herald = Herald::begin(&scene.engine).unwrap();
    let mut telling = Telling { scene, herald };
    assert_eq!(telling.told(), []);
    telling.scene.world.sessions_seen.kill_host(attempt);
    telling.scene.settle();
    assert_eq!(
        telling.told(),
        [(Channel::Bell, NoticeKind::Failed)],
        "without a word in the file, by the bell"
    );
}

#[test]
fn in_quiet_hours_nothing_is_told_and_nothing_later() {
    // The clock of the scene begins at midnight.
    let mut telling = Telling::new(attending("any", "23:00-07:00"));
    let request = Scene::request(&telling.scene.root(), "Do the first thing");
    let (_, attempt) = telling.scene.workspace(&Principal::Person, &request);
    assert_eq!(telling.told(), []);
    telling.scene.world.clock.advance(8 * 60 * MINUTE);
    assert_eq!(telling.told(), []);
    telling.scene.world.sessions_seen.kill_host(attempt);
    telling.scene.settle();
    assert_eq!(telling.kinds(), [NoticeKind::Failed]);
}

#[test]
fn any_change_of_a_status_is_told_when_asked_for() {
    let mut telling = Telling::new(attending("any", "none"));
    let request = Scene::request(&telling.scene.root(), "Do the first thing");
    let asker = Principal::Person;
    use_cases::begin_new_workspace(&telling.scene.engine, &asker, crate::scene::some_request(), &request)
        .unwrap();
    assert_eq!(telling.kinds(), [NoticeKind::Status], "it is being made");
    telling.scene.settle();
    let attempts = telling.scene.rows::<Attempt>(StreamKind::Attempt);
    for chosen in [Move::Boot, Move::Read] {
        telling.scene.act(attempts[0].id, chosen);
    }
    assert_eq!(telling.kinds(), [NoticeKind::Status], "it works");
    telling.scene.act(attempts[0].id, Move::Finish);
    assert_eq!(telling.kinds(), [NoticeKind::Done]);
}

#[test]
fn a_way_that_fails_holds_up_no_other_and_is_told_to_whoever_asks() {
    let mut telling = Telling::new(attending("done", "none"));
    let broken = NotifyError::Failed("it is closed".to_owned());
    telling.scene.world.notifier.break_way(Channel::Command, broken);
    let request = Scene::request(&telling.scene.root(), "Do the first thing");
    telling.scene.workspace(&Principal::Person, &request);
    assert_eq!(telling.told(), [(Channel::Bell, NoticeKind::Done)]);
    let (_, reports) =
        use_cases::notify_ways(&telling.scene.engine, &Principal::Person, Trial::Nothing).unwrap();
    let of = |channel| reports.iter().find(|report| report.channel == channel).unwrap();
    assert_eq!((of(Channel::Bell).health.told, of(Channel::Command).health.failed), (1, 1));
    let (_, why) = of(Channel::Command).health.trouble.clone().unwrap();
    assert_eq!(why, "it is closed");
    assert!(of(Channel::Command).on && !of(Channel::Webhook).on);
    let (_, tried) = use_cases::notify_ways(&telling.scene.engine, &Principal::Person, Trial::All).unwrap();
    let tried: Vec<_> = tried.into_iter().map(|it| (it.channel, it.tried.map(|it| it.is_ok()))).collect();
    assert_eq!(
        tried,
        [
            (Channel::Bell, Some(true)),
            (Channel::Desktop, None),
            (Channel::Command, Some(false)),
            (Channel::Webhook, None)
        ]
    );
}

#[test]
fn silence_and_long_work_are_warned_of_when_they_are_due_and_stand_in_the_list() {
    let mut telling = Telling::new(attending("warning", "none"));
    let asker = Principal::Person;
    let request = Scene::request(&telling.scene.root(), "Do the first thing");
    use_cases::begin_new_workspace(&telling.scene.engine, &asker, crate::scene::some_request(), &request)
        .unwrap();
    telling.scene.settle();
    let attempt = telling.scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
    for chosen in [Move::Boot, Move::Read] {
        telling.scene.act(attempt, chosen);
    }
    let listed = |telling: &Telling| -> Vec<&'static str> {
        let views = use_cases::list(
            &telling.scene.engine,
            &Principal::Person,
            &telling.scene.root(),
            Scope::Repository,
        );
        views.unwrap()[0].warnings.iter().map(|warning| warning.kind.as_str()).collect()
    };
    assert_eq!(telling.kinds(), []);
    let due = telling.herald.next_due().expect("something is due");
    assert!(due > telling.scene.world.clock_now());
    telling.scene.world.clock.set(due);
    assert_eq!((telling.kinds(), listed(&telling)), (vec![NoticeKind::Warning], vec!["no_output"]));
    assert_eq!(telling.kinds(), []);
    telling.scene.world.clock.advance(50 * MINUTE);
    assert_eq!(
        (telling.kinds(), listed(&telling)),
        (vec![NoticeKind::Warning], vec!["no_output", "long_running"])
    );
    telling.scene.act(attempt, Move::Finish);
    assert_eq!((telling.kinds(), listed(&telling)), (vec![], vec![]));
}

#[test]
fn what_a_person_has_not_looked_at_is_unread_and_an_agents_look_does_not_count() {
    let mut telling = Telling::new(attending("any", "none"));
    let asker = Principal::Person;
    let root = telling.scene.root();
    let (id, attempt) = telling.scene.workspace(&asker, &Scene::request(&root, "Do the first thing"));
    telling.told();
    let is_unread = |telling: &Telling| {
        let views =
            use_cases::list(&telling.scene.engine, &Principal::Person, &root, Scope::Repository).unwrap();
        (views[0].is_unread(), views[0].last_activity.is_some())
    };
    assert_eq!(is_unread(&telling), (true, true));
    let name = telling.scene.name(id);
    let agent = owt_engine::principal(&telling.scene.engine, attempt).unwrap();
    use_cases::show(&telling.scene.engine, &agent, &root, &name).unwrap();
    assert_eq!(is_unread(&telling), (true, true), "an agent looked");
    telling.restart();
    assert_eq!(is_unread(&telling), (true, true), "the next server knows");
    let logs = use_cases::LogRequest {
        folder: root.clone(),
        name: name.clone(),
        subject: LogSubject::Agent,
        attempt: None,
        view: LogView::Raw,
        follow: false,
    };
    use_cases::logs(&telling.scene.engine, &asker, &logs, &mut |_| true, &|| true).unwrap();
    assert_eq!(is_unread(&telling), (false, true));
    telling.scene.world.sessions_seen.kill_host(attempt);
    telling.scene.settle();
    telling.told();
    assert_eq!(is_unread(&telling), (true, true), "it has failed since");
    use_cases::show(&telling.scene.engine, &asker, &root, &name).unwrap();
    assert_eq!(is_unread(&telling), (false, true));
}
