// The program ringside-sim, from outside: what it answers, when it ends, and with which exit code.
#include "hal/vfio_user/message.hpp"
#include "tests/sim/server/raw_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace ringside::sim::test {
namespace {

using wire::Command;

// Until it holds; a condition that never comes is a failure, however slow the machine.
template <class Condition> bool eventually(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        ::sched_yield();
    }
    return true;
}

// A running ringside-sim; killed with the object if it has not ended.
class Simulator {
public:
    // `control` becomes its descriptor 3.
    explicit Simulator(std::vector<std::string> arguments, int control = -1) {
        arguments.insert(arguments.begin(), RINGSIDE_SIM);
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        pid_ = hal::check(::fork(), "fork");
        if (pid_ > 0) return;
        ::dup2(out_.get(), STDOUT_FILENO);
        ::dup2(err_.get(), STDERR_FILENO);
        if (control == 3) ::fcntl(3, F_SETFD, 0);
        if (control >= 0 && control != 3) ::dup2(control, 3);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    ~Simulator() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    void signal(int number) { ::kill(pid_, number); }
    bool ended() {
        if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = 0;
        return pid_ == 0;
    }
    // Its exit code once it ends; 1000 if it does not, or is killed.
    int exit_code() {
        if (!eventually([&] { return ended(); })) return 1000;
        return WIFEXITED(status_) ? WEXITSTATUS(status_) : 1000;
    }
    std::string out() const { return contents(out_); }
    std::string err() const { return contents(err_); }

private:
    static std::string contents(const hal::Fd& file) {
        std::string text(1 << 16, '\0');
        const ssize_t length = ::pread(file.get(), text.data(), text.size(), 0);
        text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
        return text;
    }

    hal::Fd out_ = memory_file(0), err_ = memory_file(0);
    pid_t pid_ = -1;
    int status_ = 0;
};

class ProgramTest : public testing::Test {
protected:
    ProgramTest() {
        std::string name = testing::TempDir() + "ringside-sim-test-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~ProgramTest() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name = "nic.sock") const { return folder_ + "/" + name; }

    static sockaddr_un address(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }
    static std::optional<RawClient> try_connect(const std::string& path) {
        hal::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un to = address(path);
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
            return std::nullopt;
        return RawClient(std::move(socket));
    }
    static RawClient connect(const std::string& path) {
        std::optional<RawClient> client;
        if (!eventually([&] { return (client = try_connect(path)).has_value(); }))
            throw hal::Error("nobody serves " + path);
        return std::move(*client);
    }
    static bool greets(RawClient& client) {
        client.send(hello());
        const auto reply = client.receive(true);
        return reply && reply->error() == 0;
    }

private:
    std::string folder_;
};

TEST_F(ProgramTest, HelpTeachesHowANicAndItsCableAreWritten) {
    Simulator simulator({"--help"});
    EXPECT_EQ(simulator.exit_code(), 0);
    for (const char* word : {"--socket", "82599", "link:NAME", "generate", "Exit codes"})
        EXPECT_NE(simulator.out().find(word), std::string::npos) << word;
}

TEST_F(ProgramTest, VersionIsOneLine) {
    Simulator simulator({"--version"});
    EXPECT_EQ(simulator.exit_code(), 0);
    EXPECT_EQ(simulator.out().rfind("ringside-sim ", 0), 0u);
}

TEST_F(ProgramTest, ServesUntilItIsToldToEndAndCleansUp) {
    Simulator simulator({"--socket", path() + "=82599,cable=loop"});
    RawClient client = connect(path());
    EXPECT_TRUE(greets(client));
    simulator.signal(SIGTERM);
    EXPECT_EQ(simulator.exit_code(), 0);
    EXPECT_FALSE(std::filesystem::exists(path()));
    EXPECT_NE(simulator.err().find("clients: 1, messages: 1"), std::string::npos) << simulator.err();
    EXPECT_TRUE(client.hung_up());
}

TEST_F(ProgramTest, AnInterruptEndsItToo) {
    Simulator simulator({"--socket", path() + "=82599"});
    RawClient client = connect(path());
    simulator.signal(SIGINT);
    EXPECT_EQ(simulator.exit_code(), 0);
}

TEST_F(ProgramTest, ServesSeveralNicsAtOnce) {
    Simulator simulator(
        {"--socket", path("a") + "=82599,cable=link:x", "--socket", path("b") + "=82599,cable=link:x"});
    RawClient a = connect(path("a")), b = connect(path("b"));
    EXPECT_TRUE(greets(b));
    EXPECT_TRUE(greets(a));
}

TEST_F(ProgramTest, SurvivesAClientThatIsKilledAndServesTheNext) {
    Simulator simulator({"--socket", path() + "=82599,cable=loop"});
    for (int i = 0; i < 3; ++i) {
        connect(path()).close();
        int ready[2];
        ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
        const hal::Fd from(ready[0]);
        hal::Fd to(ready[1]);
        const pid_t driver = ::fork();
        if (driver == 0) {
            RawClient client = connect(path());
            const hal::Fd memory = memory_file(0x1000);
            const bool greeted = greets(client);
            client.send(message(Command::dma_map, bytes(wire::DmaMap{32, 3, 0, 0, 0x1000})),
                        {{memory.get()}});
            const bool mapped = client.receive(true)->error() == 0;
            client.send(message(Command::device_reset, Bytes(8)) +
                        bytes('x'));  // dies in the middle of a message
            if (greeted && mapped) static_cast<void>(!::write(to.get(), "", 1));
            ::pause();
            ::_exit(0);
        }
        to.reset();
        char byte;
        EXPECT_EQ(::read(from.get(), &byte, 1), 1);
        ::kill(driver, SIGKILL);
        ::waitpid(driver, nullptr, 0);
        RawClient next = connect(path());
        EXPECT_TRUE(greets(next));
    }
}

TEST_F(ProgramTest, ASocketThatADeadProgramLeftBehindIsReplaced) {
    {
        const hal::Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un at = address(path());
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    }
    ASSERT_TRUE(std::filesystem::exists(path()));
    Simulator simulator({"--socket", path() + "=82599"});
    RawClient client = connect(path());
    EXPECT_TRUE(greets(client));
}

TEST_F(ProgramTest, ASocketThatALivingProgramServesIsLeftAlone) {
    Simulator first({"--socket", path() + "=82599"});
    RawClient client = connect(path());
    Simulator second({"--socket", path() + "=82599"});
    EXPECT_EQ(second.exit_code(), 1);
    EXPECT_NE(second.err().find("a running program serves it"), std::string::npos) << second.err();
    EXPECT_TRUE(greets(client));
    EXPECT_TRUE(try_connect(path()));
}

TEST_F(ProgramTest, AFileThatIsNoSocketIsLeftAlone) {
    std::ofstream(path()) << "precious";
    Simulator simulator({"--socket", path() + "=82599"});
    EXPECT_EQ(simulator.exit_code(), 1);
    EXPECT_NE(simulator.err().find("not a socket"), std::string::npos) << simulator.err();
    EXPECT_EQ(std::filesystem::file_size(path()), 8u);
}

TEST_F(ProgramTest, ACommandLineThatCannotBeUnderstoodIsExplained) {
    const std::pair<std::vector<std::string>, std::string> wrong[] = {
        {{}, "nothing to serve"},
        {{"--nonsense"}, "--nonsense"},
        {{"--socket", "no-spec"}, "write PATH=SPEC"},
        {{"--socket", path() + "=12345"}, "there is no model '12345'"},
        {{"--socket", path() + "="}, "there is no model ''"},
        {{"--socket", path() + "=82599,cable="}, "nothing follows cable="},
        {{"--socket", path() + "=82599,cable=string"}, "there is no cable 'string'"},
        {{"--socket", path() + "=82599,bogus=1"}, "bogus"},
        {{"--socket", std::string(200, 'x') + "=82599"}, "1 to 107 characters"},
        {{"--control", "0", "--socket", "x=82599"}, "--control"},
        {{"--control", "0"}, "SOCK_SEQPACKET"},
        {{"--spin", "never", "--socket", "x=82599"}, "--spin"},
    };
    for (const auto& [arguments, sentence] : wrong) {
        Simulator simulator(arguments);
        EXPECT_EQ(simulator.exit_code(), 2) << sentence;
        EXPECT_NE(simulator.err().find(sentence), std::string::npos) << simulator.err();
    }
}

TEST_F(ProgramTest, TheFinalReportCanBeJsonOnStdoutOrInAFile) {
    {
        Simulator simulator({"--socket", path() + "=82599", "--json", "--quiet"});
        RawClient client = connect(path());
        EXPECT_TRUE(greets(client));
        simulator.signal(SIGTERM);
        EXPECT_EQ(simulator.exit_code(), 0);
        EXPECT_EQ(simulator.out().rfind("{\"nics\":[{\"name\":\"" + path() + "\",", 0), 0u)
            << simulator.out();
        EXPECT_NE(simulator.out().find("\"messages\":1,"), std::string::npos);
        EXPECT_EQ(simulator.out().find('\n'), simulator.out().size() - 1) << "one line";
        EXPECT_EQ(simulator.err(), "");
    }
    Simulator simulator({"--socket", path() + "=82599", "--json", "--report", path("report.json")});
    connect(path());
    simulator.signal(SIGTERM);
    EXPECT_EQ(simulator.exit_code(), 0);
    EXPECT_EQ(simulator.out(), "");
    EXPECT_GT(std::filesystem::file_size(path("report.json")), 50u);
}

struct ControlledProgramTest : ProgramTest {
    ControlledProgramTest() {
        int ends[2];
        hal::check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
        ours.emplace(hal::Fd(ends[0]));
        hal::Fd theirs(ends[1]);
        simulator.emplace(std::vector<std::string>{"--control", "3", "--json"}, theirs.get());
    }
    std::string answer() {
        char text[4096];
        const ssize_t length = ::recv(ours->fd(), text, sizeof text, 0);
        return {text, static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
    }
    // Asks for a NIC; the client's end of its socket if it was given.
    std::pair<std::string, RawClient> ask(const std::string& spec) {
        auto sockets = wire::stream_socket_pair();
        ours->send(text(spec), {{sockets.second.get()}});
        return {answer(), RawClient(std::move(sockets.first))};
    }

    std::optional<RawClient> ours;
    std::optional<Simulator> simulator;
};

TEST_F(ControlledProgramTest, GivesANicForEverySpecAndEndsWithItsParent) {
    auto [first, a] = ask("82599,cable=link:wire");
    auto [second, b] = ask("82599,cable=link:wire");
    EXPECT_EQ(first, "ok");
    EXPECT_EQ(second, "ok");
    EXPECT_TRUE(greets(a));
    EXPECT_TRUE(greets(b));
    a.close();
    auto [third, c] = ask("82599,cable=loop");
    EXPECT_EQ(third, "ok");
    EXPECT_TRUE(greets(c));
    ours->close();  // the parent is gone
    EXPECT_EQ(simulator->exit_code(), 0);
    EXPECT_NE(simulator->out().find("link:wire"), std::string::npos) << "also the NIC that went before";
    EXPECT_NE(simulator->out().find("cable=loop"), std::string::npos) << simulator->out();
}

TEST_F(ControlledProgramTest, ABadSpecIsAnsweredWithASentenceAndTheNextIsServed) {
    auto [answer, client] = ask("82598");
    EXPECT_EQ(answer.rfind("error: ", 0), 0u) << answer;
    EXPECT_NE(answer.find("there is no model '82598'"), std::string::npos) << answer;
    EXPECT_TRUE(eventually([&, &its = client] { return its.hung_up(); }));
    EXPECT_EQ(ask("82599").first, "ok");
}

TEST_F(ControlledProgramTest, ARequestWithoutExactlyOneStreamSocketIsRefused) {
    const auto refused = [&] { return answer().rfind("error: a request is", 0) == 0; };
    ours->send(text("82599"));
    EXPECT_TRUE(refused());
    const hal::Fd file = memory_file(1);
    ours->send(text("82599"), {{file.get()}});
    EXPECT_TRUE(refused());
    auto sockets = wire::stream_socket_pair();
    ours->send(text("82599"), {{sockets.first.get(), sockets.second.get()}});
    EXPECT_TRUE(refused());
    ours->send(text(std::string(70'000, 'x')), {{sockets.first.get()}});
    EXPECT_TRUE(refused());
    EXPECT_EQ(ask("82599").first, "ok");
}

TEST_F(ControlledProgramTest, AnInterruptIsTheParentsBusiness) {
    EXPECT_EQ(ask("82599").first, "ok");
    simulator->signal(SIGINT);
    auto [answer, client] = ask("82599");
    EXPECT_EQ(answer, "ok");
    EXPECT_TRUE(greets(client));
}

}  // namespace
}  // namespace ringside::sim::test
