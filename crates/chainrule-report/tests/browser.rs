//! The page in a real browser: it says nothing in the console and asks for nothing.

use chainrule::Recipe;
use chainrule::data::{SourceOptions, open};
use chainrule_report::{Options, Report};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Chromium, if it is there.
fn browser() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

/// What a browser said and fetched when it opened a page.
struct Opened {
    document: String,
    console: Vec<String>,
    requests: Vec<String>,
}

fn opened(browser: &Path, folder: &Path, page: &str) -> Opened {
    let (path, log) = (folder.join("page.html"), folder.join("network.json"));
    std::fs::write(&path, page).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        // The browser's own traffic is no concern of ours, and leads nowhere.
        .args(["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"])
        .args(["--enable-logging=stderr", "--log-level=0", "--v=0", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("file://{}", path.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let network: Value = serde_json::from_slice(&std::fs::read(&log).unwrap()).unwrap();
    // Requests of a page are kept apart by where it came from; those of the browser have no such key.
    let of_page = |event: &Value| {
        let of = event["params"]["network_isolation_key"].as_str()?;
        let url = event["params"]["url"].as_str()?;
        of.starts_with("file://").then(|| url.to_string())
    };
    Opened {
        document: String::from_utf8_lossy(&output.stdout).into_owned(),
        console: said.lines().filter(|it| it.contains("CONSOLE")).map(String::from).collect(),
        requests: network["events"].as_array().unwrap().iter().filter_map(of_page).collect(),
    }
}

#[test]
fn a_browser_shows_the_page_in_silence() {
    let Some(browser) = browser() else {
        println!("SKIPPED: there is no Chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // What is looked for would be found.
    let loud = "<!DOCTYPE html><title>t</title><img src=\"http://127.0.0.1:9/x.png\">\
                <script>console.error('loud')</script>";
    let found = opened(&browser, folder.path(), loud);
    assert!(found.console.iter().any(|it| it.contains("loud")), "{:?}", found.console);
    assert!(found.requests.iter().any(|it| it.contains("x.png")), "{:?}", found.requests);

    let data = open("iris", &SourceOptions::default()).unwrap();
    let recipe = Recipe { hidden: vec![8], epochs: Some(30), ..Recipe::default() };
    let trained = recipe.train(&data).unwrap();
    let options = Options { history: trained.report.history.clone(), ..Options::default() };
    let report = Report::of(&trained.model, &data.table, options).unwrap();
    let found = opened(&browser, folder.path(), &report.page(&trained.model).unwrap());
    assert!(found.console.is_empty(), "{:?}", found.console);
    assert!(found.requests.is_empty(), "{:?}", found.requests);
    // The browser read it to its end.
    assert!(found.document.contains("<svg") && found.document.contains("runs no script."));
}
