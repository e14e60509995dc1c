;; Malformed: Four thousand million types, it says, in no bytes at all.
(component binary "\00asm\0d\00\01\00" "\07\05\ff\ff\ff\ff\0f")
