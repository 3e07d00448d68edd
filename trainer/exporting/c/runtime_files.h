// Which files of device_runtime a piece of C needs.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/embedded_text.h"

namespace espalier::exporting::c {

/// trainer/device_runtime as it was when this program was built: paths "device_runtime/…".
std::span<const EmbeddedText> runtime_texts();
/// The texts of exporting/c/templates, "….in".
std::span<const EmbeddedText> template_texts();
/// "LICENSE": of the kernels.
std::span<const EmbeddedText> license_texts();

/// The text of templates/`name`.in. Throws Error(failed) when there is none.
std::string_view template_text(std::string_view name);

/// Those of `library` that define an espalier_… name which one of `sources` uses, the headers that are included, and so
/// on until nothing is missing; in the library's order. A definition starts at the left margin and is not static.
/// Throws Error(failed) for an included header that is not there.
std::vector<EmbeddedText> needed_files(const std::vector<std::string>& sources, std::span<const EmbeddedText> library);

}  // namespace espalier::exporting::c
