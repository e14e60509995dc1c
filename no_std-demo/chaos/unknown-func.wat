;; Invalid: An export of a function that there is not.
(component binary "\00asm\0d\00\01\00" "\0b\08\01\00\01a\01\63\00\00")
