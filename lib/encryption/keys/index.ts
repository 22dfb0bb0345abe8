// Layer keys: the door for the layers above. Imports nothing above it.
export { KeyBroker } from './key-broker.ts';
export { type Clock, type DataKey, defaultKeyExpirationMS, KeyCache } from './key-cache.ts';
