//! Puts the folders of `templates/` into the binary: a list of (folder, path in it, content).

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    let templates = root.join("templates");
    let mut list = String::from("&[\n");
    for folder in sorted(&templates) {
        let name = folder.file_name().and_then(|name| name.to_str());
        let name = name.expect("a template's name is UTF-8").to_owned();
        if folder.is_dir() {
            add(&folder, &folder, &name, &mut list);
        }
    }
    list.push_str("]\n");
    fs::write(out.join("templates.rs"), list).expect("the list can be written");
    println!("cargo:rerun-if-changed=templates");
}

/// Adds every file below a folder. Links are followed: the shop is the demo itself.
fn add(folder: &Path, root: &Path, name: &str, list: &mut String) {
    println!("cargo:rerun-if-changed={}", folder.display());
    for path in sorted(folder) {
        if path.is_dir() {
            add(&path, root, name, list);
            continue;
        }
        let inside = path.strip_prefix(root).expect("it lies below");
        let inside: Vec<&str> = inside.iter().filter_map(|part| part.to_str()).collect();
        let whole = path.to_str().expect("its path is UTF-8");
        let _ = writeln!(
            list,
            "    ({name:?}, {:?}, include_bytes!({whole:?}) as &[u8]),",
            inside.join("/")
        );
        println!("cargo:rerun-if-changed={whole}");
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("templates/ can be listed")
        .map(|entry| entry.expect("templates/ can be listed").path())
        .collect();
    paths.sort();
    paths
}
