#include "exporting/tflite/padding.h"

#include "catch.h"

namespace espalier::exporting::tflite {

TEST_CASE("a window without padding is VALID", "[tflite]") {
  CHECK(padding_form({3, 3, 2, 2}, {9, 8, 1}, {4, 3, 1}) == PaddingForm::valid);
}

TEST_CASE("padding behind that no window position reaches does not count", "[tflite]") {
  const integer::Window window{3, 3, 2, 2, 1, 1, 1, 1};
  const auto cut = effective(window, {8, 9, 4}, {4, 5, 4});
  CHECK(cut.pad_bottom == 0);  // rows -1..7 hold all four positions
  CHECK(cut.pad_right == 1);
  CHECK(padding_form({1, 1, 2, 2, 0, 1, 0, 1}, {7, 7, 4}, {4, 4, 4}) == PaddingForm::valid);
}

TEST_CASE("SAME pads the smaller half in front", "[tflite]") {
  CHECK(padding_form({10, 4, 2, 2, 4, 5, 1, 1}, {49, 10, 1}, {25, 5, 1}) == PaddingForm::same);
  CHECK(padding_form({10, 4, 2, 2, 5, 4, 1, 1}, {49, 10, 1}, {25, 5, 1}) == PaddingForm::explicit_pad);
  CHECK(padding_form({3, 3, 1, 1, 1, 1, 1, 1}, {8, 8, 1}, {8, 8, 1}) == PaddingForm::same);
}

TEST_CASE("PyTorch's padding of a strided window on an even size is neither", "[tflite]") {
  CHECK(padding_form({3, 3, 2, 2, 1, 1, 1, 1}, {8, 8, 1}, {4, 4, 1}) == PaddingForm::explicit_pad);
  CHECK(padding_form({3, 3, 2, 2, 1, 1, 1, 1}, {9, 9, 1}, {5, 5, 1}) == PaddingForm::same);
}

}  // namespace espalier::exporting::tflite
