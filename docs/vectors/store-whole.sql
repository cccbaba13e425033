-- A Sesame store (docs/store-format.md): a whole store.
-- key: sesame-key-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8
-- expect open = ok
-- expect list = alice bob
-- expect alice credential = {"access_token":"access-1","token_type":"Bearer","scope":"contacts","access_expires_at":1790003600,"access_received_at":1790000000,"refresh_token":"refresh-of-access-1","login_expires_at":null,"logged_in_at":1790000000,"renewed_at":null,"token_endpoint":"https://sso.example/token","client_id":"client","issuer":null,"ended":null,"restored_from":null}
-- expect alice secrets = {"client_secret":"secret of alice","username":null,"password":null}
-- expect alice outcome = {"at":1790000000,"code":"temporary","message":"status 503"}
-- expect alice ticket = 1790000060
-- expect bob secrets = {"client_secret":null,"username":"bob","password":"secret of bob"}
-- expect aaron credential = none
-- expect amy credential = none
-- expect carol credential = none
PRAGMA application_id = 1399157601;
PRAGMA user_version = 2;
CREATE TABLE data_key (generation INTEGER PRIMARY KEY, created INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE profile (name TEXT PRIMARY KEY NOT NULL, successor TEXT NOT NULL, generation INTEGER NOT NULL, version INTEGER NOT NULL, records TEXT NOT NULL, fence INTEGER, owner BLOB, process TEXT, deadline INTEGER, tag BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE record (profile TEXT NOT NULL, kind TEXT NOT NULL, generation INTEGER NOT NULL, revision INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (profile, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE store (id BLOB NOT NULL, source TEXT NOT NULL, key_check BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
INSERT INTO store VALUES (X'b7fd462cff1750c8893024fb463457d1', 'file', X'd5f60f9900a4a036c452244016ab71772bbfcdb44ed6ee7cc43e0894340bf7ab', X'b244d70d7fa8c67cc032f42589828afc7eda23150ccc15551ec6c440759a3d55');
INSERT INTO data_key VALUES (1, 1790000000, X'635b14e559de52d98854898bcfcb48f1eb3390c0082fa537b9e20dc85ccd179c15c764b3588fd8c29b79e830dce8a87293c97bcf6b8215bf0a32d1e6');
INSERT INTO profile VALUES ('', 'alice', 1, 3, '', NULL, NULL, NULL, NULL, X'714b6f8131c09846a12c01cf5623f0edffd18f2d4b62d98ac2bb9b9edac53478');
INSERT INTO profile VALUES ('alice', 'bob', 1, 15, 'credential=2 outcome=12 secrets=5', 14, X'c91c92a838ca4d2cf74feccdff9c22dc', '', 1790000060, X'364e2a865ee25395cd7c078c67708ddd0fb8ed6d0fbeb65a051d257901f13fb1');
INSERT INTO profile VALUES ('bob', '', 1, 9, 'secrets=7', NULL, NULL, NULL, NULL, X'c269658a87d05485d66d06d05587d4d9e97ac4015345b410b4755ae3f035d566');
INSERT INTO record VALUES ('', 'roll', 1, 15, X'73d8786222279705d9b058633dc2eecfec5fdc7e5de01a4afb2d863215f5f10aa0623062819541b7e93011d5dc0af47f5b16a1387981562e801e89086b77916230f15d4e48686f10630926bc9fff92261226959a84695de6192d350c523c57dd1cd623762ef4f86c1acdc1b27c6cf490f0f99ad374d5a83c7eb31087cc076f23a02b743298ca5d561734a8e37794c9088d73455d1b21584b040b9196df48');
INSERT INTO record VALUES ('alice', 'credential', 1, 2, X'd8cf9cbf3090475e5ea59ec28ff08c521e0ba25b3efd34f3697e9e82a45dbee1a9e85e1ce23d5f3d429d156559cd19f449cca41278d01bb016d1a40a5c429e0af39165c9c56833dab8fb9a3f96c3f82a14e8e12ad76ee3963be31320727f727a80f0e60486e6fe08d405b226d5d0ab7bc5c9694296c49960f05a3affa06e55f898b9c99f6fa350e7b1e658de9e5dfc0b83c5dc238645d0e8fdd78b49e825faead51c74dc46b3c8266c7f79d0c6d79649fe1ec195874f3f9ec7dec68993e844afa3ab253da858afe4ee507cce84552744cb25331159f95c02c1f81a346a5a9f8d31fd27fe812dd1bcaaa2359673568dadbf766fae7bfd76d9aef9edbf067681ccc1bcf0b2a19464ab459c01c23ae478c4189c8737c11f427048fbde3254ce78ad29e68fc5e5e1f18c7713a036c2808f438a5497986d29ab3292ed4f75266a881187ee1d23d58bfbf2085519cfa71a896e514ee838062207ddf166820fc3c3e2696afb6cf496ebc6473fc5d61458bc6959b1100b9841e77a910cfb22b05eb1b87f4a2aa365d119ea4b2064e7fa0da4b4db3d8b470f2aa7472b23d53704d278976d80163bcaf7c616fb7f35248d7b4828ef3128f65584779272885912');
INSERT INTO record VALUES ('alice', 'outcome', 1, 12, X'380003b63fd7ea5464ef29abaa9d19c524868b89e8dbbe7e1806cc99e101544b0f5428a0c84ff6be5b26a02ecb04be814fc4eff9b10e035e0fff066f859cd5b6256a76be229e389e6c3d978abed31214eaec35314bd9e86b850285cb111bb24b8385c3e1eb381f11c3f80b4b54f677455ec60ce9f12036eb02399ff2ec491308b8d06bad19dd570eb79ea1735f9e7487970e008f289184');
INSERT INTO record VALUES ('alice', 'secrets', 1, 5, X'e2376d4ac5bdd69219da0905b989256429b9ad261dfa17a22f2673799b8669b491be80332040fc8d0036c1fadc50950c64a31b1579720fec053d49e6042ad32d2d031854077ed51bb9ae7f3a68c53647d531601a1df20edf9bff349a91dc9c0c48516fe3cb0994bf7d8e8de5101b9aaab74ec83660b2c74aa69ed91313913582d982c0cc8e779a18fdf3ceb261bfd272e45623b6acfa2fcea4279f3fab47ce');
INSERT INTO record VALUES ('bob', 'secrets', 1, 7, X'acc3d0a430e7abb9e999f60d1fe8ceb8a8bc5b2c9a022d6bd77ccb1c597735b32a44069c3ba4256ef190a083d49d100c46dee9b533d69b9549e79b215364f1f0616199e45e07874cc69fafd6abf955c1e9206c2b53e55057952145639144c7f91d41ca22a4b3d83447ca9abba5a6a45f54dc9f22625f9325b86405820b7febe71df9df48124cd1235b0ea0dced851748d0a0f852e311145fd15f3115ca8d');
