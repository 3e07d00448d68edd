#include "base/error.h"

#include "catch.h"

using namespace espalier;

TEST_CASE("an error carries its exit code and every problem") {
  try {
    refuse({{"a.yaml:1:2", "is wrong"}, {"b.yaml:3:4", "is wrong too"}});
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    REQUIRE(e.problems().size() == 2);
    CHECK(e.problems()[1].origin == "b.yaml:3:4");
    const std::string text = e.what();
    CHECK(text.find("a.yaml:1:2: is wrong") != std::string::npos);
    CHECK(text.find("b.yaml:3:4: is wrong too") != std::string::npos);
  }
}

TEST_CASE("no problems, no error") { CHECK_NOTHROW(refuse({})); }

TEST_CASE("what fails while running is no mistake of the user") {
  try {
    fail("the disk is full");
  } catch (const Error& e) {
    CHECK(e.code() == Exit::failed);
    CHECK(std::string(e.what()) == "the disk is full");
  }
  CHECK_THROWS_AS(mistake("x.yaml", "no"), Error);
}
