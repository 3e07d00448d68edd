#include "datasets/absent_data.h"

#include "catch.h"

using namespace espalier::datasets;

TEST_CASE("absent data are named with the command that makes a stand-in and the script that fetches the real ones") {
  CHECK(no_folder("/d/cifar10") ==
        "there is no folder '/d/cifar10'; make a stand-in with `scripts/make_image_corpus --cifar10 /d/cifar10`, or "
        "download the real data with scripts/download_cifar10.sh");
  CHECK(no_folder("/d/mitdb/") ==
        "there is no folder '/d/mitdb/'; download the real data with scripts/download_mitdb.sh");
  CHECK(no_data("there is no CSV file at", "/d/sleep") ==
        "there is no CSV file at '/d/sleep'; make a stand-in with `scripts/make_sleep_corpus --output /d/sleep`");
}

TEST_CASE("a folder of another name has the remedy of its kind of data, or none") {
  CHECK(no_folder("/d/bccd", "shapes") == "there is no folder '/d/bccd'");  // drawn shapes are no blood cells
  CHECK(no_folder("/d/own") == "there is no folder '/d/own'");
  CHECK(no_folder("/d/own", "shapes") ==
        "there is no folder '/d/own'; make a stand-in with `scripts/make_detection_corpus /d/own`");
}

TEST_CASE("a relative path is told with the folder in which the program runs") {
  const auto here = std::filesystem::current_path().string();
  CHECK(no_folder("own") == "there is no folder 'own' (in " + here + ")");
}
