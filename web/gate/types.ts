/** What the gate's API takes and gives, by short names. */
import type { components } from '@shared/api/schema'

type Schemas = components['schemas']

export type WaitingPerson = Schemas['WaitingPerson']
export type Answered = WaitingPerson['answers'][number]
export type DecisionBody = Schemas['Decision']
export type Decided = Schemas['Decided']
export type NamedPerson = Schemas['ImportedPerson']
/** The moment is always known here; it is sent only with a scan that comes late. */
export type StaffScanBody = Schemas['GateScan'] & { at: string }
export type ScannedFamily = Schemas['GateFamily']
export type ScannedPerson = Schemas['GatePerson']
export type VehicleNow = Schemas['VehicleNow']
export type StartedTrip = Schemas['StartedTrip']
export type Direction = StartedTrip['direction']
export type TripBody = Schemas['TripTap'] & { at: string }
export type Fever = Schemas['FeverAlert']
