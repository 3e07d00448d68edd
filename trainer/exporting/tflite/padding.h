// How a window's explicit padding is said in TFLite, which knows only SAME, VALID and a PAD operator of its own.
#pragma once
#include "integer/program.h"

namespace espalier::exporting::tflite {

enum class PaddingForm { valid, same, explicit_pad };

/// `input` and `output` are {height, width, channels}. Rows and columns that no window position reaches do not count:
/// padding (1, 1) of a stride-2 window on an even height reads as (1, 0).
PaddingForm padding_form(const integer::Window& window, const integer::Shape& input, const integer::Shape& output);

/// The padding that is really read: bottom and right cut to what the last window position reaches, never negative.
integer::Window effective(const integer::Window& window, const integer::Shape& input, const integer::Shape& output);

}  // namespace espalier::exporting::tflite
