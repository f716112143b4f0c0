//! What is allowed and denied, how often it is verified, and what is said about it.

use std::thread;

use super::super::{OnError, UnknownKinds};
use super::*;

#[test]
fn what_the_policy_denies_is_denied_with_its_code() {
    let running = start(Images::default(), |_| {});
    let good = running.review(&pod(&["good:1"]));
    assert_eq!((&good["allowed"], &good["auditAnnotations"]["verdict"]), (&json!(true), &json!("pass")), "{good}");
    assert_eq!(good["auditAnnotations"]["images"], format!("good:1={}", digest("good")));
    assert_eq!(good["auditAnnotations"]["decision"].as_str().unwrap().len(), 32);
    let bad = running.review(&pod(&["good:1", "bad:1"]));
    assert_eq!((&bad["allowed"], &bad["status"]["code"]), (&json!(false), &json!(403)), "{bad}");
    let message = bad["status"]["message"].as_str().unwrap();
    assert!(message.starts_with("bad:1: PLM-G0801 packages: ") && message.contains("pkg:npm/evil"), "{message}");
    assert_eq!(running.metrics()["plimsoll_admission_reviews_total{result=\"deny\"}"], 1);
}

#[test]
fn what_the_policy_warns_of_is_allowed_with_a_warning() {
    let running = start(Images::judging_by(format!("{POLICY}action = \"warn\"\n")), |_| {});
    let bad = running.review(&pod(&["bad:1"]));
    assert_eq!((&bad["allowed"], &bad["auditAnnotations"]["verdict"]), (&json!(true), &json!("warn")), "{bad}");
    let warning = bad["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("PLM-G0801 packages: ") && warning.chars().count() <= 120, "{warning}");
}

#[test]
fn a_hundred_reviews_at_once_are_one_verification() {
    let images = Images { slow: Duration::from_millis(300), ..Images::default() };
    let running = start(images, |_| {});
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true));
        }
    });
    assert_eq!(running.images.gathered.load(Ordering::SeqCst), 1);
    assert_eq!(running.images.resolved.load(Ordering::SeqCst), 1);
    let metrics = running.metrics();
    assert_eq!(metrics["plimsoll_admission_verifications_total"], 1);
    assert_eq!(metrics["plimsoll_admission_hits_total"] + metrics["plimsoll_admission_shared_total"], 99);
}

#[test]
fn a_digest_needs_no_registry_and_a_tag_may_be_refused() {
    let running = start(Images::default(), |options| options.require_digest = true);
    let pinned = format!("good@{}", digest("good"));
    assert_eq!(running.review(&pod(&[&pinned]))["allowed"], true);
    assert_eq!(running.images.resolved.load(Ordering::SeqCst), 0);
    let tagged = running.review(&pod(&["good:1"]));
    assert!(tagged["status"]["message"].as_str().unwrap().contains("PLM-K0104"), "{tagged}");
}

#[test]
fn what_is_not_known_is_denied_unless_somebody_says_otherwise() {
    let running = start(Images::default(), |_| {});
    for (image, code, status) in [
        ("down:1", "PLM-K0201", 503),
        ("gone:1", "PLM-K0106", 403),
        ("faulty:1", "PLM-K0205", 500),
        ("", "PLM-K0103", 400),
    ] {
        let answer = running.review(&pod(&[image]));
        assert_eq!((&answer["allowed"], &answer["status"]["code"]), (&json!(false), &json!(status)), "{answer}");
        assert!(answer["status"]["message"].as_str().unwrap().contains(code), "{answer}");
    }
    let running = start(Images::default(), |options| options.on_error = OnError::Allow);
    let answer = running.review(&pod(&["down:1"]));
    assert_eq!(answer["allowed"], true);
    assert!(answer["warnings"][0].as_str().unwrap().contains("PLM-K0201"), "{answer}");
    assert_eq!(answer["auditAnnotations"]["mode"], "on-error-allow");
    // That there is no such image, and what the policy denies, are no errors.
    for image in ["gone:1", "bad:1"] {
        assert_eq!(running.review(&pod(&[image]))["allowed"], false);
    }
    assert_eq!(running.review(&pod(&["down:1", "bad:1"]))["allowed"], false);
}

#[test]
fn what_takes_too_long_is_told_and_goes_on() {
    let images = Images { slow: Duration::from_millis(300), ..Images::default() };
    let running = start(images, |options| options.review_timeout = Duration::from_millis(400));
    let late = running.review(&pod(&["good:1"]));
    assert_eq!((&late["allowed"], &late["status"]["code"]), (&json!(false), &json!(504)), "{late}");
    assert!(late["status"]["message"].as_str().unwrap().starts_with("PLM-K0204"), "{late}");
    thread::sleep(Duration::from_millis(500));
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true);
}

#[test]
fn more_than_may_wait_is_refused_at_once() {
    let images = Images { slow: Duration::from_millis(500), ..Images::default() };
    let running = start(images, |options| (options.workers, options.queue) = (1, 1));
    let names: Vec<_> = (0..8).map(|number| format!("good{number}@{}", digest("good"))).collect();
    let codes = thread::scope(|scope| {
        let threads: Vec<_> = names.iter().map(|name| scope.spawn(|| running.review(&pod(&[name])))).collect();
        let answers = threads.into_iter().map(|thread| thread.join().unwrap());
        answers.filter(|answer| answer["status"]["code"] == 503).count()
    });
    assert_eq!(codes, 6);
    assert_eq!(running.images.gathered.load(Ordering::SeqCst), 2);
}

#[test]
fn updates_are_about_what_is_new() {
    let running = start(Images::default(), |_| {});
    let mut update = pod(&["bad:1"]);
    update["request"]["operation"] = json!("UPDATE");
    update["request"]["oldObject"] = update["request"]["object"].clone();
    assert_eq!(running.review(&update)["auditAnnotations"]["verdict"], "unchanged");
    update["request"]["oldObject"]["spec"]["containers"][0]["image"] = json!("good:1");
    assert_eq!(running.review(&update)["allowed"], false);
    update["request"]["object"]["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(running.review(&update)["auditAnnotations"]["verdict"], "being-deleted");
    let mut debug = pod(&["good:1"]);
    debug["request"]["operation"] = json!("UPDATE");
    debug["request"]["subResource"] = json!("ephemeralcontainers");
    debug["request"]["oldObject"] = debug["request"]["object"].clone();
    debug["request"]["object"]["spec"]["ephemeralContainers"] = json!([{ "name": "d", "image": "bad:debug" }]);
    assert_eq!(running.review(&debug)["allowed"], false);
    for operation in ["DELETE", "CONNECT"] {
        let mut review = pod(&["bad:1"]);
        review["request"]["operation"] = json!(operation);
        review["request"]["object"] = Value::Null;
        assert_eq!(running.review(&review)["allowed"], true);
    }
}

#[test]
fn kinds_that_are_not_known_and_namespaces_that_are_exempt() {
    let mut review = pod(&["bad:1"]);
    review["request"]["kind"] = json!({ "group": "example.com", "version": "v1", "kind": "Runner" });
    let running = start(Images::default(), |options| {
        options.exempt_namespaces.insert("kube-system".to_owned());
    });
    let unknown = running.review(&review);
    assert_eq!(unknown["allowed"], true);
    assert!(unknown["warnings"][0].as_str().unwrap().contains("(Runner)"), "{unknown}");
    let strict = start(Images::default(), |options| options.unknown_kinds = UnknownKinds::Deny);
    assert_eq!(strict.review(&review)["allowed"], false);
    review["request"]["kind"] = json!({ "group": "autoscaling", "version": "v1", "kind": "Scale" });
    assert_eq!(strict.review(&review)["allowed"], true);
    let mut exempt = pod(&["bad:1"]);
    exempt["request"]["namespace"] = json!("kube-system");
    let exempt = running.review(&exempt);
    assert_eq!(
        (&exempt["allowed"], &exempt["auditAnnotations"]["verdict"]),
        (&json!(true), &json!("exempt-namespace"))
    );
}

#[test]
fn a_dry_run_of_the_server_denies_nothing() {
    let running = start(Images::default(), |options| options.dry_run = true);
    let bad = running.review(&pod(&["bad:1"]));
    assert_eq!((&bad["allowed"], &bad["auditAnnotations"]["verdict"]), (&json!(true), &json!("deny")), "{bad}");
    assert!(bad["warnings"][0].as_str().unwrap().starts_with("would be denied: bad:1: PLM-G0801"), "{bad}");
}

#[test]
fn a_dry_run_of_a_client_records_nothing() {
    let running = start(Images::default(), |options| options.records = true);
    let mut dry = pod(&["good:1"]);
    dry["request"]["dryRun"] = json!(true);
    running.review(&dry);
    assert!(running.images.recorded.lock().unwrap().is_empty());
    for _ in 0..3 {
        running.review(&pod(&["good:1"]));
    }
    assert_eq!(*running.images.recorded.lock().unwrap(), ["good pass"]);
}

#[test]
fn other_rules_make_other_decisions() {
    let running = start(Images::default(), |_| {});
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true);
    let other = "version = 1\n[packages]\ndeny = [{ match = \"pkg:npm/good\" }]\n";
    *running.images.policy.lock().unwrap() = Some(other.to_owned());
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], false);
}
