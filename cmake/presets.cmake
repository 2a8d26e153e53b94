# SPDX-License-Identifier: Apache-2.0
# The machines of arch/presets/NAME.json as text in the binary, which must work without files: psmc_presets(NAMES...)
# fills arch/presets.cpp.in with them, in this order.

function(psmc_presets)
  foreach(name ${ARGN})
    set(file ${PROJECT_SOURCE_DIR}/arch/presets/${name}.json)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    string(APPEND presets "    {\"${name}\", R\"json(${text})json\"},\n")
  endforeach()
  configure_file(${PROJECT_SOURCE_DIR}/arch/presets.cpp.in ${PROJECT_BINARY_DIR}/arch/presets.cpp @ONLY)
  target_sources(psmc_arch PRIVATE ${PROJECT_BINARY_DIR}/arch/presets.cpp)
endfunction()
