//! Hazards that come from others: hooks, locks, somebody who moves the target, a disk that takes no more.

use super::*;
use crate::agents::install_script;
use crate::mounts::Mount;
use crate::ran::Ran;

/// Puts a hook that the person allows into the repository.
fn hook(sealed: &Sealed, app: &Project<'_>, script: &str) {
    install_script(sealed, "hook", script);
    fs::copy(sealed.bin().join("hook"), app.root.join(".git/hooks/pre-merge-commit")).unwrap();
    for content in app.data(&["approvals"]).as_array().unwrap() {
        app.data(&["approvals", "allow", content["digest"].as_str().unwrap()]);
    }
}

#[test]
fn a_hook_that_fails_or_hangs_keeps_the_target() {
    for (script, exit, code) in [("exit 1\n", 1, "git_failed"), ("exec sleep 1000\n", 124, "timed_out")] {
        let said = is_refused_in_every_way(
            |sealed| {
                sealed.configure("[worktree]\nhook_limit = \"1s\"\n");
                let scene = apart(sealed);
                hook(sealed, &scene.app, script);
                scene
            },
            exit,
            code,
        );
        assert!(said.iter().all(|it| !it.to_string().contains("NAME")), "no hint has a hole: {said:?}");
    }
}

#[test]
fn a_lock_of_another_git_is_waited_for_by_nobody_and_stays() {
    for lock in [".git/index.lock", ".git/refs/heads/main.lock"] {
        for way in WAYS {
            let sealed = Sealed::with_worker();
            let scene = Scene::plain(&sealed);
            commit(&scene.topic, "new.txt", "new\n");
            Theirs::scattered(&scene.app);
            scene.app.write(lock, "");
            let (witness, there) = (scene.app.witness(), scene.topic.witness());
            let ran = scene.app.owt(&[way.words(), &["--json"]].concat());
            assert_eq!(ran.json()["ok"], false, "{way:?}, {lock}: {:#}", ran.json());
            witness.assert_untouched(&[]);
            there.assert_untouched(&[]);
            assert_eq!(scene.app.read(lock), "");
            fs::remove_file(scene.app.root.join(lock)).unwrap();
            scene.lands(way);
            assert_eq!(scene.app.read("new.txt"), "new\n");
        }
    }
}

/// Commits beside whatever git does there, the first time that it runs.
const MEANWHILE: &str = r#"
[ -e "$RECORD/moved" ] && exit 0
touch "$RECORD/moved"
cd "$RECORD/../work/app" || exit 1
unset $(git rev-parse --local-env-vars)
exec git commit -q --allow-empty -m "By somebody else"
"#;

#[test]
fn a_target_that_others_move_while_the_work_is_made_is_landed_upon() {
    for way in WAYS {
        let sealed = Sealed::with_worker();
        let scene = apart(&sealed);
        hook(&sealed, &scene.app, MEANWHILE);
        Theirs::scattered(&scene.app);
        lands_upon_it(&sealed, &scene, way);
    }
}

#[test]
fn a_target_that_others_move_while_the_work_is_checked_is_landed_upon() {
    for way in [Way::Ship, Way::Queue] {
        let sealed = Sealed::with_worker();
        install_script(&sealed, "check", MEANWHILE);
        sealed.configure("[landing]\nchecks = [\"check\"]\n");
        let scene = apart(&sealed);
        Theirs::scattered(&scene.app);
        lands_upon_it(&sealed, &scene, way);
    }
}

/// It lands, and what [`MEANWHILE`] has committed is under it.
#[track_caller]
fn lands_upon_it(sealed: &Sealed, scene: &Scene<'_>, way: Way) {
    scene.lands(way);
    assert!(sealed.record("moved").exists(), "{way:?}");
    let log = scene.app.git(&["log", "--format=%s", "main"]);
    assert_eq!(log.matches("By somebody else").count(), 1, "{way:?}: {log}");
    assert_eq!(scene.app.read("new.txt"), "new\n");
}

/// Does it where the mounts are.
fn shell(sealed: &Sealed, line: &str) {
    Ran::of(&sealed.command("sh", &sealed.work()).args(["-c", line])).done();
}

#[test]
fn objects_that_take_no_writes_or_have_no_room_keep_everything_as_it_is() {
    let objects = "app/.git/objects";
    let read_only = format!("mount --bind {objects} {objects} && mount -o remount,ro,bind {objects}");
    let full = format!(
        "cp -r {objects} kept && mount -t tmpfs -o size=1m none {objects} && cp -r kept/. {objects} \
         && ! dd if=/dev/zero of={objects}/fill bs=1k 2> /dev/null"
    );
    for (trouble, relief) in [(read_only, format!("umount {objects}")), (full, format!("rm {objects}/fill"))]
    {
        for way in WAYS {
            let sealed = Sealed::with_worker();
            let small = sealed.root().join("small");
            fs::create_dir(&small).unwrap();
            let sealed = match sealed.with_mounts(&[Mount::Small("1m", &small)]) {
                Ok(sealed) => sealed,
                Err(why) => return println!("skipped: this machine cannot make mounts for a test: {why}"),
            };
            let scene = apart(&sealed);
            Theirs::scattered(&scene.app);
            shell(&sealed, &trouble);
            let (witness, there) = (scene.app.witness(), scene.topic.witness());
            let ran = scene.app.owt(&[way.words(), &["--json"]].concat());
            assert_eq!(ran.json()["ok"], false, "{way:?}, {trouble}: {:#}", ran.json());
            witness.assert_untouched(&[]);
            there.assert_untouched(&[]);
            shell(&sealed, &relief);
            scene.lands(way);
            assert_eq!(scene.app.read("new.txt"), "new\n", "{way:?}");
        }
    }
}

/// What has landed stays as it is, whatever of it was begun to be taken back.
#[track_caller]
fn stays(scene: &Scene<'_>, what: &str) {
    let (witness, refs) = (scene.app.witness(), scene.app.git(&["for-each-ref"]));
    let ran = scene.app.owt(&["undo", "--yes", "--json"]);
    assert_eq!(ran.json()["ok"], false, "{what}: {:#}", ran.json());
    assert!(ran.json()["error"]["hint"].is_string(), "{what}: {:#}", ran.json());
    witness.assert_untouched(&[]);
    assert_eq!(scene.app.git(&["for-each-ref"]), refs, "{what}");
}

#[test]
fn what_has_landed_stays_under_a_lock_of_another_git_and_goes_back_without() {
    for lock in [".git/index.lock", ".git/refs/heads/main.lock"] {
        for way in WAYS {
            let sealed = Sealed::with_worker();
            let scene = Scene::plain(&sealed);
            commit(&scene.topic, "new.txt", "new\n");
            Theirs::scattered(&scene.app);
            let (tips, theirs) =
                ((tip(&scene.app, "main"), tip(&scene.app, "topic")), Theirs::of(&scene.app));
            scene.lands(way);
            scene.app.write(lock, "");
            stays(&scene, &format!("{way:?}, {lock}"));
            assert_eq!(scene.app.read(lock), "");
            fs::remove_file(scene.app.root.join(lock)).unwrap();
            scene.goes_back(way, tips, &theirs);
        }
    }
}

/// The person's folder `assets` is a disk of its own, and full when what was deleted there is to come back.
#[test]
fn what_has_landed_stays_where_there_is_no_room_for_what_comes_back() {
    for way in WAYS {
        let sealed = Sealed::with_worker();
        let small = sealed.root().join("small");
        fs::create_dir(&small).unwrap();
        let sealed = match sealed.with_mounts(&[Mount::Small("1m", &small)]) {
            Ok(sealed) => sealed,
            Err(why) => return println!("skipped: this machine cannot make mounts for a test: {why}"),
        };
        let scene = Scene::new(&sealed, |app| {
            app.write("assets/here", "");
            shell(app.sealed, "mount -t tmpfs -o size=1m none app/assets && touch app/assets/here");
            shell(app.sealed, "dd if=/dev/urandom of=app/assets/large bs=1k count=600 2> /dev/null");
            shell(app.sealed, "echo 'assets/fill' >> app/.git/info/exclude");
            app.git(&["add", "assets"]);
            app.git(&["commit", "-q", "-m", "Something large"]);
        });
        scene.topic.git(&["rm", "-q", "assets/large"]);
        scene.topic.git(&["commit", "-q", "-m", "Without it"]);
        Theirs::scattered(&scene.app);
        let (tips, theirs) = ((tip(&scene.app, "main"), tip(&scene.app, "topic")), Theirs::of(&scene.app));
        scene.lands(way);
        shell(&sealed, "! dd if=/dev/zero of=app/assets/fill bs=1k 2> /dev/null");
        let status = scene.app.git(&["status", "--porcelain"]);
        stays(&scene, &format!("{way:?}"));
        assert_eq!(scene.app.git(&["status", "--porcelain"]), status, "{way:?}");
        shell(&sealed, "test ! -e app/assets/large && rm app/assets/fill");
        scene.goes_back(way, tips, &theirs);
        shell(&sealed, "test -s app/assets/large");
    }
}
