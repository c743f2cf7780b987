// For tests of what error sentences say.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <typeinfo>

namespace ringside::hal {

// What the sentence says when something throws exactly a T; empty if nothing is thrown.
template <class T, class F> std::string sentence(F f) {
    try {
        f();
    } catch (const T& error) {
        EXPECT_EQ(typeid(error), typeid(T)) << error.what();
        return error.what();
    } catch (const std::exception& other) { ADD_FAILURE() << "another error: " << other.what(); }
    return {};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Shows both texts when it fails.
#define EXPECT_SAYS(text, part) EXPECT_PRED2(ringside::hal::contains, text, part)

}  // namespace ringside::hal
