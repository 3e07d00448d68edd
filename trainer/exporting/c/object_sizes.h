// What the exported C takes of a device's flash, measured by compilers.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace espalier::exporting::c {

struct ObjectSizes {
  std::string target;                    ///< "cortex-m4, arm-none-eabi-gcc 12.2.1 -O2"
  std::int64_t code = 0, constants = 0;  ///< bytes of .text, and of .rodata and .data
};

/// Links the model and, where the folder has one, its front end as a firmware would (unused functions dropped, without
/// start-up code, known answers and labels) for a Cortex-M4 with arm-none-eabi-gcc; nothing without that compiler or
/// where it fails. Files are made in `scratch`, a folder.
std::optional<ObjectSizes> measure_on_cortex_m4(const std::filesystem::path& folder,
                                                const std::filesystem::path& scratch);

/// Adds up the sections of `size -A`'s output.
ObjectSizes sizes_of(const std::string& listing);

}  // namespace espalier::exporting::c
