#include "hal/sim_launcher.hpp"

#include "hal/address.hpp"
#include "hal/error.hpp"
#include "tests/hal/sentences.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

namespace ringside::hal {
namespace {

using namespace std::chrono_literals;

// FAKE_SIM is the path of the program that fake_sim.cpp becomes.
struct SimLauncher : testing::Test {
    SimLauncher() { ::setenv("RINGSIDE_SIM", FAKE_SIM, 1); }
    ~SimLauncher() override { ::unsetenv("RINGSIDE_SIM"); }
};

pid_t pid_of(Device& device) { return static_cast<pid_t>(device.config_read(0x40, 4)); }
bool runs(pid_t pid) { return ::kill(pid, 0) == 0; }

TEST_F(SimLauncher, opens_a_device_of_the_simulator) {
    auto device = open_device("sim:82599");
    EXPECT_EQ(device->address(), "sim:82599");
    device->bar(0).store32(8, 42);
    EXPECT_EQ(device->bar(0).load32(8), 42u);
}

TEST_F(SimLauncher, all_devices_come_from_one_process) {
    auto a = open_device("sim:a"), b = open_device("sim:b");
    EXPECT_EQ(pid_of(*a), pid_of(*b));
    const pid_t pid = pid_of(*a);
    a.reset();
    EXPECT_TRUE(runs(pid));
    b.reset();
    EXPECT_FALSE(runs(pid));
    auto c = open_device("sim:c");
    EXPECT_NE(pid_of(*c), pid);
}

TEST_F(SimLauncher, the_simulator_has_finished_when_the_last_device_is_destroyed) {
    const std::string report = testing::TempDir() + "ringside-report-" + std::to_string(::getpid());
    auto device = open_device("sim:report=" + report);
    EXPECT_FALSE(std::filesystem::exists(report));
    device.reset();
    EXPECT_TRUE(std::filesystem::remove(report));
}

TEST_F(SimLauncher, a_simulator_that_does_not_end_is_ended) {
    auto device = open_device("sim:linger");
    const pid_t pid = pid_of(*device);
    device.reset();
    EXPECT_FALSE(runs(pid));
}

TEST_F(SimLauncher, a_simulator_that_dies_is_a_device_that_is_gone_and_the_next_one_works) {
    auto device = open_device("sim:82599");
    EXPECT_THROW(device->reset(), DeviceGone);
    EXPECT_TRUE(device->condition() == Condition::gone);
    EXPECT_EQ(device->bar(0).load32(0), ~0u);
    auto next = open_device("sim:82599");
    EXPECT_EQ(next->bar(0).load32(0), 0u);
}

TEST_F(SimLauncher, a_spec_that_the_simulator_refuses_is_its_sentence) {
    EXPECT_EQ(sentence<Error>([] { open_device("sim:refuse"); }),
              "sim:refuse: there is no such NIC; try 82599");
}

TEST_F(SimLauncher, a_refusal_leaves_the_other_devices_alone) {
    auto device = open_device("sim:82599");
    EXPECT_THROW(open_device("sim:refuse"), Error);
    EXPECT_FALSE(device->condition() == Condition::gone);
    auto other = open_device("sim:82599");
    EXPECT_EQ(pid_of(*device), pid_of(*other));
}

TEST_F(SimLauncher, a_simulator_that_exits_at_once_is_named_with_its_status) {
    ::setenv("RINGSIDE_SIM", "/bin/false", 1);
    const std::string text = sentence<DeviceGone>([] { open_device("sim:82599"); });
    EXPECT_SAYS(text, "/bin/false hung up without an answer: it ended with exit status 1");
    ::setenv("RINGSIDE_SIM", FAKE_SIM, 1);
    EXPECT_SAYS(sentence<DeviceGone>([] { open_device("sim:exit"); }), "exit status 7");
    EXPECT_SAYS(sentence<DeviceGone>([] { open_device("sim:crash"); }), "by a signal, Killed");
}

TEST_F(SimLauncher, an_answer_that_is_nonsense_is_a_protocol_error_without_escape_codes) {
    const std::string text = sentence<ProtocolError>([] { open_device("sim:nonsense"); });
    EXPECT_SAYS(text, "answers \"?[31mhello\"");
}

TEST_F(SimLauncher, an_answer_that_does_not_come_runs_into_the_time_limit) {
    SimProcess process(FAKE_SIM, 50ms);
    EXPECT_TRUE(process.usable());
    EXPECT_SAYS(sentence<Timeout>([&] { process.add("silent"); }), "within 50 ms");
    EXPECT_FALSE(process.usable());  // its late answer would be taken for another's
}

TEST_F(SimLauncher, a_spec_too_long_is_an_address_error) {
    EXPECT_THROW(open_device("sim:" + std::string(5000, 'x')), AddressError);
}

TEST_F(SimLauncher, a_program_that_cannot_be_executed_is_a_sentence) {
    ::setenv("RINGSIDE_SIM", "/nonexistent/ringside-sim", 1);
    EXPECT_SAYS(sentence<Error>([] { open_device("sim:82599"); }),
                "RINGSIDE_SIM is set to /nonexistent/ringside-sim, which is not a program");
    EXPECT_SAYS(sentence<Error>([] { SimProcess("/nonexistent/ringside-sim"); }),
                "starting the simulator /nonexistent/ringside-sim: No such file or directory");
}

TEST_F(SimLauncher, blocked_signals_of_the_starting_thread_do_not_stay_blocked) {
    sigset_t all, old;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &old);
    auto device = open_device("sim:linger");
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
    std::ifstream status("/proc/" + std::to_string(pid_of(*device)) + "/status");
    std::string line;
    while (std::getline(status, line) && !line.starts_with("SigBlk:")) {}
    // The main thread of the fake: nothing blocked.
    EXPECT_EQ(line, "SigBlk:\t0000000000000000");
    ::kill(pid_of(*device), SIGTERM);
}

// A copy of the fake in a directory tree of its own, asked where it would find the simulator.
struct FindSimulator : testing::Test {
    FindSimulator() {
        std::string name = testing::TempDir() + "ringside-XXXXXX";
        root = ::mkdtemp(name.data());
        std::filesystem::create_directories(root / "bin");
        std::filesystem::copy_file(FAKE_SIM, root / "bin/program");
    }
    ~FindSimulator() override { std::filesystem::remove_all(root); }
    void put(const std::string& file, bool executable = true) const {
        std::filesystem::create_directories((root / file).parent_path());
        std::ofstream(root / file) << "#!/bin/sh\n";
        if (executable) std::filesystem::permissions(root / file, std::filesystem::perms::owner_all);
    }
    std::string found() const {
        const std::string command = "env -u RINGSIDE_SIM PATH=" + (root / "path").string() + " " +
                                    (root / "bin/program").string() + " --find";
        const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), ::pclose);
        std::string text(4096, '\0');
        text.resize(std::fread(text.data(), 1, text.size(), pipe.get()));
        return text;
    }
    std::filesystem::path root;
};

TEST_F(FindSimulator, nowhere_says_where_it_was_looked_for) {
    put("bin/ringside-sim", false);                                   // not executable
    std::filesystem::create_directories(root / "path/ringside-sim");  // not a file
    EXPECT_SAYS(found(), "Error: sim: addresses need the program ringside-sim");
}
TEST_F(FindSimulator, on_the_path_last) {
    put("path/ringside-sim");
    EXPECT_EQ(found(), root / "path/ringside-sim");
    put("libexec/ringside/ringside-sim");
    EXPECT_EQ(found(), root / "libexec/ringside/ringside-sim");
    put("bin/ringside-sim");
    EXPECT_EQ(found(), root / "bin/ringside-sim");
}
TEST_F(FindSimulator, in_bin_for_a_program_in_another_directory) {
    put("bin/ringside-sim");
    std::filesystem::create_directories(root / "tests");
    std::filesystem::rename(root / "bin/program", root / "tests/program");
    std::filesystem::create_symlink("../tests/program", root / "bin/program");
    EXPECT_EQ(found(), root / "bin/ringside-sim");
}

}  // namespace
}  // namespace ringside::hal
