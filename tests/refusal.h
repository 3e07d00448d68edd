// What a call is refused with.
#pragma once
#include <string>

#include "base/error.h"
#include "catch.h"

namespace espalier::testing {

/// "origin: text" of the first problem that `call` throws; empty where it throws no Error.
template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.problems()[0].origin + ": " + error.problems()[0].text;
  }
  return "";
}

inline void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace espalier::testing
