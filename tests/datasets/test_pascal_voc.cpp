#include "catch.h"

#include <algorithm>

#include "datasets/disturbed.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::string object(const std::string& name, const std::string& box, bool difficult = false) {
  std::string numbers;
  std::size_t at = 0;
  for (const char* key : {"xmin", "ymin", "xmax", "ymax"}) {
    const auto end = std::min(box.find(' ', at), box.size());
    numbers += std::string("<") + key + ">" + box.substr(at, end - at) + "</" + key + ">";
    at = std::min(end + 1, box.size());
  }
  return "<object><name>" + name + "</name><difficult>" + (difficult ? "1" : "0") + "</difficult><bndbox>" + numbers +
         "</bndbox></object>";
}

void write_picture(const fs::path& root, const std::string& id, const std::string& objects) {
  fs::create_directories(root / "JPEGImages");
  write_image(root / "JPEGImages" / (id + ".png"), noisy_image(40, 20, 3, std::hash<std::string>{}(id)));
  write_bytes(root / ("Annotations/" + id + ".xml"), "<annotation><filename>" + id +
                                                         ".png</filename><size><width>40</width><height>20</height>"
                                                         "<depth>3</depth></size>" +
                                                         objects + "</annotation>");
}

/// Two training pictures, one of validation and two of testing; what real corpora have wrong lies among them.
void write_corpus(const fs::path& root) {
  write_picture(root, "a", object("cup", "4 2 20 10") + object("cat", "10 0 30 20", true));
  write_picture(root, "b", object("cat", "5 5 5 5") + object("cup", "-4 2 50 10"));
  write_picture(root, "c", object("cat", "30 4 10 8"));
  write_picture(root, "d", object("cup", "0 0 10 10"));
  write_picture(root, "e", "");
  write_bytes(root / "ImageSets/Main/train.txt", "a 1\nb -1\n\n");
  write_bytes(root / "ImageSets/val.txt", "c\n");
  write_bytes(root / "ImageSets/test.txt", "d\r\ne\r\n");
}

std::string recipe(const fs::path& root, const std::string& more = "") {
  return "type: pascal_voc\nroot: " + root.string() +
         "\nvalidation: val\ntest: test\nimage: {size: [32, 32], fit: pad}\n" + more;
}

}  // namespace

TEST_CASE("pascal_voc: lists, boxes, difficult ones; boxes without area are counted and left out") {
  Folder folder("voc");
  write_corpus(folder.path());
  const auto data = make_data(recipe(folder.path()));
  CHECK(data->classes() == std::vector<std::string>{"cat", "cup"});
  CHECK(data->size(Split::train) == 2);
  CHECK(data->size(Split::test) == 2);
  CHECK(data->id(Split::train, 1) == "b");
  // 40x20 fits into 32x32 at a scale of 0.8, with 8 rows of gray above it.
  const auto boxes = data->target(Split::train, 0).boxes;
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0] == Box{3.2f, 9.6f, 16, 16, 1, false});
  CHECK(boxes[1].ignored);
  CHECK(data->classes_of(Split::train, 0) == std::vector<std::int64_t>{1});  // the cat is difficult
  CHECK(data->classes_of(Split::test, 1).empty());
  const auto cut = data->target(Split::train, 1).boxes;
  REQUIRE(cut.size() == 1);
  CHECK(cut[0].left == 0);
  CHECK(cut[0].right == 32);
  CHECK(data->target(Split::validation, 0).boxes.empty());
  CHECK(data->target(Split::test, 1).boxes.empty());
  CHECK(data->summary().find("2 boxes without area") != std::string::npos);
  CHECK(data->summary().find("1 boxes are difficult") != std::string::npos);
}

TEST_CASE("pascal_voc: the raw picture through the front end is the sample, its boxes stay") {
  Folder folder("voc");
  write_corpus(folder.path());
  const auto data = make_data(recipe(folder.path()));
  const auto form = data->raw_form();
  REQUIRE(form);
  CHECK((form->matter == Matter::image && form->width == 40 && form->height == 20 && form->channels == 3));
  const auto raw = data->raw(Split::test, 0);
  std::vector<float> again(static_cast<std::size_t>(3 * 32 * 32)), features(again.size());
  data->features_of_raw(raw, again);
  data->features(Split::test, 0, {}, features);
  CHECK(again == features);
  const Disturbed same(*data, Split::test, {0, 1}, {}, 1);
  CHECK(same.sample(Split::test, 0, {}, again).boxes == data->target(Split::test, 0).boxes);
}

TEST_CASE("pascal_voc: the picture lies where its boxes lie, also when it is augmented") {
  Folder folder("voc_augment");
  write_corpus(folder.path());
  auto bright = Image{40, 20, 3, std::vector<std::uint8_t>(40 * 20 * 3, 0)};
  for (std::int64_t y = 2; y < 10; ++y)
    for (std::int64_t x = 4; x < 20; ++x)
      for (std::int64_t c = 0; c < 3; ++c) bright.pixels[static_cast<std::size_t>((y * 40 + x) * 3 + c)] = 255;
  write_image(folder.path() / "JPEGImages/a.png", bright);
  write_bytes(folder.path() / "Annotations/a.xml", "<annotation>" + object("cup", "4 2 20 10") + "</annotation>");
  const auto data = make_data(recipe(
      folder.path(), "augment: {flip: 0.5, flip_vertical: 0.5, least_visible: 0.1, zoom: {scale: [0.6, 1.8]}}\n"));
  std::vector<float> features(3 * 32 * 32), again(3 * 32 * 32);
  int seen = 0;
  for (std::uint64_t epoch = 0; epoch < 60; ++epoch) {
    const auto target = data->sample(Split::train, 0, {true, epoch}, features);
    CHECK(data->sample(Split::train, 0, {true, epoch}, again) == target);
    CHECK(features == again);
    for (const auto& box : target.boxes) {
      if (box.ignored) continue;
      ++seen;
      // Bright well inside of the box, dark or gray well outside.
      for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 32; ++x) {
          const double px = x + 0.5, py = y + 0.5, value = features[static_cast<std::size_t>(y * 32 + x)];
          const bool inside =
              px > box.left + 1.5 && px < box.right - 1.5 && py > box.top + 1.5 && py < box.bottom - 1.5;
          const bool outside =
              px < box.left - 1.5 || px > box.right + 1.5 || py < box.top - 1.5 || py > box.bottom + 1.5;
          if (inside && value < 0.9) FAIL("dark inside at epoch " << epoch);
          if (outside && value > 0.1) FAIL("bright outside at epoch " << epoch);
        }
    }
  }
  CHECK(seen > 20);
  CHECK(data->sample(Split::train, 0, {true, 3}, features).boxes !=
        data->sample(Split::train, 0, {true, 4}, again).boxes);
}

TEST_CASE("pascal_voc: a camera that moves takes the boxes along; what is hardly seen any more is ignored") {
  Folder folder("voc_moved");
  write_corpus(folder.path());
  write_bytes(folder.path() / "ImageSets/test.txt", "a\n");
  write_bytes(folder.path() / "ImageSets/Main/train.txt", "b\n");
  const auto data = make_data(recipe(folder.path()));
  // 40x20 pixels become 32x16 with 8 rows of gray above and below: 0.8 of a pixel each.
  const auto whole = data->target(Split::test, 0).boxes;
  CHECK(data->moved_target(Split::test, 0, {}).boxes == whole);
  const auto moved = data->moved_target(Split::test, 0, {0.25, -0.1}).boxes;  // 10 pixels right, 2 up
  REQUIRE(moved.size() == 2);
  CHECK(moved[0].left == whole[0].left + 8);
  CHECK(moved[0].right == whole[0].right + 8);
  CHECK(moved[0].top == Approx(whole[0].top - 1.6));
  CHECK_FALSE(moved[0].ignored);
  const auto cut = data->moved_target(Split::test, 0, {-0.35, 0}).boxes;  // 14 left: 6 columns of 16 remain
  CHECK(cut[0].left == 0);
  CHECK_FALSE(cut[0].ignored);  // 0.375 of it
  CHECK(data->moved_target(Split::test, 0, {-0.4, 0}).boxes[0].ignored);
  CHECK(data->moved_target(Split::test, 0, {-0.9, 0}).boxes.empty());
}

TEST_CASE("pascal_voc: classes that a recipe names decide labels, others are counted") {
  Folder folder("voc_classes");
  write_corpus(folder.path());
  const auto data = make_data(recipe(folder.path(), "classes: [cup]\n"));
  CHECK(data->target(Split::train, 0).boxes.size() == 1);
  CHECK(data->target(Split::train, 0).boxes[0].label == 0);
  CHECK(data->summary().find("3 boxes of other classes") != std::string::npos);
}

TEST_CASE("pascal_voc: classes that nothing is of, and pictures without boxes to learn from") {
  Folder folder("voc_classes");
  write_corpus(folder.path());
  CHECK(problems_of(recipe(folder.path(), "classes: [cups]\n")).find("knows the class 'cups'; did you mean 'cup'") !=
        std::string::npos);
  CHECK(problems_of(recipe(folder.path(), "classes: [cup, cat, cup]\n")).find("'cup' is named twice") !=
        std::string::npos);
  write_bytes(folder.path() / "ImageSets/test.txt", "e\n");
  CHECK(problems_of(recipe(folder.path())).find("no test picture") != std::string::npos);
  // Of the cats in training one is difficult, the other has no area.
  CHECK(problems_of(recipe(folder.path(), "classes: [cat]\n")).find("no train picture") != std::string::npos);
}

TEST_CASE("pascal_voc: missing and damaged files are refused by name, or skipped and counted") {
  Folder folder("voc_bad");
  write_corpus(folder.path());
  fs::remove(folder.path() / "JPEGImages/a.png");
  write_bytes(folder.path() / "Annotations/e.xml", "<annotation><object>");
  write_bytes(folder.path() / "ImageSets/Main/train.txt", "a\nb\nnobody\n");
  const auto said = problems_of(recipe(folder.path()));
  CHECK(said.find("3 listed pictures or annotations") != std::string::npos);
  CHECK(said.find("on_error: skip") != std::string::npos);
  const auto data = make_data(recipe(folder.path(), "on_error: skip\n"));
  CHECK(data->size(Split::train) == 1);
  CHECK(data->size(Split::test) == 1);
  CHECK(data->summary().find("3 damaged or missing files skipped") != std::string::npos);
}

TEST_CASE("pascal_voc: names that lead out, lists and folders that are not there, other sizes") {
  Folder folder("voc_names");
  write_corpus(folder.path());
  CHECK(problems_of("type: pascal_voc\nroot: " + (folder.path() / "nowhere").string()).find("there is no folder") !=
        std::string::npos);
  CHECK(problems_of("type: pascal_voc\nroot: " + (folder.path() / "Annotations").string())
            .find("no folder Annotations") != std::string::npos);
  CHECK(problems_of(recipe(folder.path(), "train: tren\n")).find("ImageSets/tren.txt") != std::string::npos);
  CHECK(problems_of(recipe(folder.path(), "train: ../../etc\n")).find("there is no list") != std::string::npos);
  write_bytes(folder.path() / "ImageSets/Main/train.txt", "../a\n");
  CHECK(problems_of(recipe(folder.path())).find("is no name of a picture") != std::string::npos);
  write_bytes(folder.path() / "ImageSets/Main/train.txt", "a\na\n");
  CHECK(problems_of(recipe(folder.path())).find("listed twice") != std::string::npos);
  write_bytes(folder.path() / "ImageSets/Main/train.txt", "a\nb\n");
  write_image(folder.path() / "JPEGImages/a.png", noisy_image(20, 40, 3, 1));
  CHECK(problems_of(recipe(folder.path())).find("its annotation says 40x20") != std::string::npos);
}

TEST_CASE(
    "pascal_voc: links that lead out are refused, or skipped and counted; a byte order mark, names no file can have") {
  Folder folder("voc_links"), elsewhere("voc_links_elsewhere");
  write_corpus(folder.path());
  write_bytes(folder.path() / "ImageSets/Main/train.txt",
              "\xEF\xBB\xBF"
              "a\nb\n");
  CHECK(make_data(recipe(folder.path()))->size(Split::train) == 2);
  fs::rename(folder.path() / "JPEGImages/b.png", elsewhere.path() / "b.png");
  fs::create_symlink(elsewhere.path() / "b.png", folder.path() / "JPEGImages/b.png");
  CHECK(problems_of(recipe(folder.path())).find("b.png: is a link that leads out") != std::string::npos);
  write_bytes(folder.path() / "ImageSets/Main/train.txt", "a\nb\n" + std::string(5000, 'x') + "\n");
  const auto data = make_data(recipe(folder.path(), "on_error: skip\n"));
  CHECK(data->size(Split::train) == 1);
  CHECK(data->summary().find("2 damaged or missing files skipped") != std::string::npos);
}
