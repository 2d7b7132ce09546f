#!/usr/bin/env python3
"""scripts/setup with a pretended package manager: what it finds missing, and what it then does."""

import unittest

from sandbox import Sandbox

# dpkg-query, where the packages in $MISSING are not there: unknown, or removed with their configuration left.
DPKG_QUERY = """
for name in "${@:4}"; do
  case " $MISSING " in
    *" $name "*) ;;
    *) echo "installed $name" ;;
  esac
  case " $REMOVED " in *" $name "*) echo "config-files $name" ;; esac
done
[[ -z $MISSING ]]
"""


class Setup(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.program("cmake", "echo cmake version 3.25.1")
        self.box.program("dpkg-query", DPKG_QUERY)
        self.box.program("apt-get", 'echo "apt: $*"; [[ $* != *"$APT_FAILS"* ]]')
        self.box.program("id", 'echo "$USER_ID"')

    def setup(self, *arguments, missing="", removed="", user=0, apt_fails="nothing", **variables):
        return self.box.run(
            "scripts/setup", *arguments, MISSING=missing, REMOVED=removed, USER_ID=str(user), APT_FAILS=apt_fails, **variables
        )

    def installs(self):
        return [call for call in self.box.calls("apt-get") if " install " in call]

    def test_says_one_line_and_does_nothing_when_all_is_there(self):
        done = self.setup()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"\Asetup: all \d+ packages are here\n\Z")
        self.assertEqual({call.split()[0] for call in self.box.calls()}, {"dpkg-query", "cmake"})

    def test_installs_exactly_what_is_missing_and_says_why(self):
        done = self.setup(missing="libfmt-dev libhwloc-dev")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"libhwloc-dev +finds cores")
        update, install = self.box.calls("apt-get")
        self.assertTrue(update.endswith(" update"), update)
        self.assertTrue(install.endswith(" install -y --no-install-recommends libfmt-dev libhwloc-dev"), install)

    def test_what_only_some_tests_need_is_installed_only_when_asked_for(self):
        for option, package in (("--fuzz", "clang"), ("--browser", "chromium")):
            with self.subTest(option):
                before = len(self.installs())
                self.setup(missing=package)
                self.assertEqual(len(self.installs()), before)
                self.setup(option, missing=package)
                self.assertTrue(self.installs()[-1].endswith(f" {package}"), self.installs())

    def test_options_go_together(self):
        self.setup("--fuzz", "--browser", missing="clang")
        self.assertEqual(len(self.installs()), 1)

    def test_a_removed_package_is_missing(self):
        self.setup(missing="zlib1g-dev", removed="zlib1g-dev")
        (install,) = self.installs()
        self.assertTrue(install.endswith(" zlib1g-dev"), install)

    def test_asks_nothing_while_installing(self):
        self.box.program("apt-get", '{ echo "frontend $DEBIAN_FRONTEND"; cat; } >>"$SEEN"')
        seen = self.box.top / "seen"
        done = self.setup(missing="libfmt-dev", SEEN=str(seen))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(set(seen.read_text(encoding="utf-8").splitlines()), {"frontend noninteractive"})

    def test_installs_with_sudo_when_it_wants_no_password(self):
        self.box.program("sudo", '[[ $1 != -n ]] || shift; exec "$@"')
        self.box.program("true")
        done = self.setup(missing="libfmt-dev", user=1000)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.installs()), 1)
        self.assertEqual(sum("apt-get" in call for call in self.box.calls("sudo")), 2)

    def test_says_what_to_install_when_sudo_wants_a_password_and_there_is_no_terminal(self):
        self.box.program("sudo", "exit 1")
        self.assert_cannot_install()

    def test_says_what_to_install_when_there_is_no_sudo(self):
        self.assert_cannot_install()

    def assert_cannot_install(self):
        done = self.setup(missing="libcli11-dev", user=1000)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("apt-get install --no-install-recommends libcli11-dev\n", done.stderr)
        self.assertEqual(self.box.calls("apt-get"), [])

    def test_shows_why_apt_get_failed(self):
        done = self.setup(missing="libfmt-dev", apt_fails="install")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, "apt: .* install -y --no-install-recommends libfmt-dev")

    def test_an_unreachable_package_list_is_no_reason_to_stop(self):
        done = self.setup(missing="libfmt-dev", apt_fails="update")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.installs()), 1)

    def test_an_old_cmake_is_named(self):
        self.box.program("cmake", "echo cmake version 3.22.1")
        done = self.setup()
        self.assertEqual(done.returncode, 4)
        self.assertIn("CMake is 3.22, but 3.25 or newer is needed", done.stderr)

    def test_a_newer_major_version_of_cmake_is_good(self):
        self.box.program("cmake", "echo cmake version 4.0.2")
        self.assertEqual(self.setup().returncode, 0)

    def test_without_apt_get_it_lists_the_packages_and_goes_on(self):
        (self.box.bin / "apt-get").unlink()
        done = self.setup(missing="libfmt-dev")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^libfmt-dev +formats text$")

    def test_without_apt_get_and_cmake_it_stops(self):
        (self.box.bin / "apt-get").unlink()
        (self.box.bin / "cmake").unlink()
        self.assertEqual(self.setup().returncode, 4)

    def test_an_unknown_argument_is_a_usage_error(self):
        done = self.setup("--everything")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(self.box.calls(), [])


if __name__ == "__main__":
    unittest.main()
