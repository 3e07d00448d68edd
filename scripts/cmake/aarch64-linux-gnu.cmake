# Cross compiling for 64-bit ARM under Linux (Raspberry Pi, Jetson), by GCC's cross compiler and the libraries that
# scripts/arm64_sysroot.sh lays out; tests run under QEMU's user mode.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(ESPALIER_ARM64_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../../build/arm64-sysroot CACHE PATH "Libraries for arm64")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ESPALIER_ARM64_SYSROOT)
get_filename_component(CMAKE_SYSROOT ${ESPALIER_ARM64_SYSROOT} ABSOLUTE)
if(NOT EXISTS ${CMAKE_SYSROOT}/usr/include)
  message(FATAL_ERROR "${CMAKE_SYSROOT} holds no libraries for arm64; scripts/arm64_sysroot.sh lays them out")
endif()
# Programs (flatc) are the host's, everything else the device's.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})

find_program(ESPALIER_QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
if(ESPALIER_QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${ESPALIER_QEMU_AARCH64} -cpu cortex-a72 -L ${CMAKE_SYSROOT})
endif()
