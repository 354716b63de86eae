"""The npm package: what is in it, and that projects can use it."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

import realtime_notify
from tests.packaging.conftest import ROOT

FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"

CONSUMER = """
import { connect, type NotifyClient } from "realtime-notify";
import type { NotifyAlertsElement } from "realtime-notify/alerts";
import type { NotifyBellElement } from "realtime-notify/bell";
import { NotifyBell, useNotifications } from "realtime-notify/react";
import type { NotifyToastsElement } from "realtime-notify/toasts";
import { useNotifications as inboxOf } from "realtime-notify/vue";

const address = { wsUrl: "/ws/", apiUrl: "/api/", user: "7" };
const client: NotifyClient = connect(address);
client.addEventListener("change", ({ detail }) => detail.items.map((item) => item.message));
const bell: NotifyBellElement | null = document.querySelector("notify-bell");
bell?.addEventListener("notify-click", (event) => event.detail.item.url);
const toasts: NotifyToastsElement | null = document.querySelector("notify-toasts");
if (toasts) toasts.messages = { close: "Weg" };
const alerts: NotifyAlertsElement | null = document.querySelector("notify-alerts");
alerts?.client?.markRead([1]);
export function Inbox() {
  const { state } = useNotifications(address);
  return <NotifyBell {...address} onClick={({ detail }) => console.log(detail.item, state)} />;
}
inboxOf(address).value.state?.unread.toFixed();
// @ts-expect-error: a client has no such event
client.addEventListener("changed", () => {});
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has installed the package, and React and Vue beside it."""
    directory = tmp_path_factory.mktemp("project")
    subprocess.run(["node", "package.mjs"], cwd=FRONTEND, check=True)
    pack = ["npm", "pack", "--silent", "--pack-destination", str(directory)]
    subprocess.run(pack, cwd=FRONTEND, check=True, capture_output=True)
    (tarball,) = directory.glob("*.tgz")
    modules = directory / "node_modules"
    modules.mkdir()
    with tarfile.open(tarball) as archive:
        archive.extractall(modules, filter="data")
    (modules / "package").rename(modules / "realtime-notify")
    for name in ("react", "react-dom", "scheduler", "vue", "@vue", "@types", "csstype"):
        (modules / name).symlink_to(MODULES / name)
    return directory


@pytest.fixture(scope="module")
def package(project: Path) -> Path:
    """The package as it is installed."""
    return project / "node_modules/realtime-notify"


def test_the_package_has_the_version_of_the_app(package: Path) -> None:
    version = json.loads((package / "package.json").read_text())["version"]

    assert version == realtime_notify.__version__


def test_the_package_has_what_it_exports_and_no_sources(package: Path) -> None:
    exports = json.loads((package / "package.json").read_text())["exports"]
    paths = [
        path
        for each in exports.values()
        for path in ([each] if isinstance(each, str) else each.values())
    ]

    assert [path for path in paths if not (package / path).is_file()] == []
    assert {path.name for path in package.iterdir()} == {"README.md", "dist", "package.json"}


def test_types_hold_for_a_project_that_resolves_as_node_does(project: Path) -> None:
    (project / "app.tsx").write_text(CONSUMER)
    (project / "package.json").write_text('{"type": "module"}')
    options = {
        "module": "nodenext",
        "target": "es2022",
        "strict": True,
        "jsx": "react-jsx",
        "lib": ["es2023", "dom", "dom.iterable"],
        "noEmit": True,
        "types": ["react"],
    }
    (project / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": options, "files": ["app.tsx"]})
    )

    checked = subprocess.run(
        [str(MODULES / ".bin/tsc"), "-p", "."], cwd=project, capture_output=True, text=True
    )

    assert checked.stdout == ""
    assert checked.returncode == 0


@pytest.mark.parametrize("name", ["bell", "toasts", "alerts", "push"])
def test_a_bundler_keeps_what_defines_an_element(name: str, project: Path) -> None:
    app = project / f"{name}.js"
    app.write_text(f'import "realtime-notify/{name}";')
    command = [str(MODULES / ".bin/esbuild"), str(app), "--bundle", "--format=esm"]

    said = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)

    assert f'customElements.define("notify-{name}"' in said.stdout
    assert said.stderr == ""


def test_no_module_names_the_machine_that_built_it(package: Path) -> None:
    files = [path for path in package.rglob("*") if path.is_file()]

    assert files
    assert [path for path in files if str(ROOT) in path.read_text()] == []


def test_a_server_can_import_what_it_renders(project: Path) -> None:
    script = """
      const { connect } = await import("realtime-notify");
      const react = await import("realtime-notify/react");
      const vue = await import("realtime-notify/vue");
      console.log(typeof connect, typeof react.NotifyBell, typeof vue.useNotifications);
    """
    command = ["node", "--input-type=module", "--eval", script]

    said = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "function function function"


def test_the_manifest_names_what_the_elements_have(package: Path) -> None:
    manifest = json.loads((package / "dist/custom-elements.json").read_text())
    elements = {
        declaration["tagName"]: declaration
        for module in manifest["modules"]
        for declaration in module["declarations"]
    }
    bell = elements["notify-bell"]
    modules = [module["path"] for module in manifest["modules"]]

    assert elements.keys() == {"notify-bell", "notify-toasts", "notify-alerts", "notify-push"}
    assert all((package / "dist" / path).is_file() for path in modules)
    assert "ws-url" in {attribute["name"] for attribute in bell["attributes"]}
    assert "notify-click" in {event["name"] for event in bell["events"]}
    assert "--notify-accent" in {prop["name"] for prop in bell["cssProperties"]}
    assert "badge" in {part["name"] for part in bell["cssParts"]}
    assert all(one["description"] for one in bell["cssParts"])
