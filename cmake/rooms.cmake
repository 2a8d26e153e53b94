# SPDX-License-Identifier: Apache-2.0
# How a folder becomes a library: psmc_room(F edges...) makes psmc_F of all sources below F/.

# Sources of one room; CONFIGURE_DEPENDS makes the build look again when files come and go.
function(psmc_sources out folder)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  if(folder STREQUAL "backend")
    list(FILTER found EXCLUDE REGEX "/backend/host/")
  endif()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# A static library of `sources`, or an interface library while there are none.
function(psmc_library name sources edges)
  if(sources)
    add_library(${name} STATIC ${sources})
    set(visibility PUBLIC)
  else()
    add_library(${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(${name} ${visibility} ${PROJECT_SOURCE_DIR})
  foreach(edge ${edges})
    target_link_libraries(${name} ${visibility} psmc_${edge})
  endforeach()
  target_link_libraries(${name} ${visibility} fmt::fmt Threads::Threads)
endfunction()

function(psmc_room folder)
  psmc_sources(sources ${folder})
  psmc_library(psmc_${folder} "${sources}" "${ARGN}")
endfunction()

# backend/host is its own library: the only one that sees LLVM (the shared library, so nothing else is pulled in).
function(psmc_host_room)
  psmc_sources(sources backend/host)
  psmc_library(psmc_host "${sources}" "backend;ir;arch;base")
  if(sources)
    find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19)
    separate_arguments(definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
    target_include_directories(psmc_host SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
    target_compile_definitions(psmc_host PRIVATE ${definitions})
    target_link_libraries(psmc_host PRIVATE LLVM)
  endif()
endfunction()

# tools/main.cpp is the binary `psmc`, with large_blocks.cpp for its memory; the rest of tools/ is a library, so that
# tests can call it.
function(psmc_tools)
  psmc_sources(sources tools)
  set(main ${PROJECT_SOURCE_DIR}/tools/main.cpp)
  list(REMOVE_ITEM sources ${main} ${PROJECT_SOURCE_DIR}/tools/large_blocks.cpp)
  psmc_library(psmc_tools "${sources}" "frontend;midend;backend;host;sim;ir;arch;base")
  if(EXISTS ${main})
    add_executable(psmc ${main} ${PROJECT_SOURCE_DIR}/tools/large_blocks.cpp)
    target_link_libraries(psmc PRIVATE psmc_tools)
    if(TARGET psmc_rt)
      add_dependencies(psmc psmc_rt)  # `psmc compile --emit=so` puts it beside what it makes
    endif()
    set_target_properties(psmc PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  endif()
endfunction()
