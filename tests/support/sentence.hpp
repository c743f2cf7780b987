// What an action that must fail says.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <string>

namespace ringside::test {

// An error of another kind, or none, is a failure of the test; then the text is empty.
template <class Expected, class Action> std::string sentence(Action&& action) {
    try {
        action();
    } catch (const Expected& e) { return e.what(); } catch (const std::exception& e) {
        ADD_FAILURE() << "another kind of error: " << e.what();
        return {};
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

inline void expect_says(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

}  // namespace ringside::test
